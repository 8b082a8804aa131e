import type { Io } from './io.ts'

/** The account, if the environment names it. */
export function accountIdIn({ env }: Pick<Io, 'env'>): string | undefined {
  return env['FC_ACCOUNT_ID'] || env['ALIBABA_CLOUD_ACCOUNT_ID'] || undefined
}
