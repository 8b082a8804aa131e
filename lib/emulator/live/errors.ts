import type { Assumptions } from '../assumptions.ts'
import { ApiError } from '../wire/api-error.ts'
import type { ParamErrors } from '../wire/params.ts'

export const liveParamErrors: ParamErrors = {
  missing: (name) =>
    new ApiError(400, 'MissingParam', `${name} is missing, please check and try again later.`),
  malformed: (name, rule) => new ApiError(400, 'MalformedParam', `${name} ${rule}.`),
}

export function domainNotFound(domain: string): ApiError {
  return new ApiError(
    404,
    'InvalidDomain.NotFound',
    `The domain ${domain} does not belong to you or does not exist.`,
  )
}

export function noCallbackUrl(domain: string): ApiError {
  return new ApiError(
    403,
    'IllegalOperation',
    `The domain ${domain} has no callback URL to authenticate for.`,
  )
}

export function configNotFound(domain: string, { status, code }: Assumptions['configNotFound']): ApiError {
  return new ApiError(status, code, `The domain ${domain} has no such configuration.`)
}

export function configExists(domain: string): ApiError {
  return new ApiError(409, 'ConfigAlreadyExists', `The domain ${domain} has such a configuration already.`)
}
