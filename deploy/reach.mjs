import { hasTimer } from './rules.mjs'
import { isDomain } from './schema.mjs'
import { pathOf } from './violations.mjs'

/**
 * @typedef {import('./rules.mjs').Props} Props
 * @typedef {import('./violations.mjs').Violation} Violation
 * @typedef {import('./render.mjs').Resource} Resource
 */

/** @param {Props} props */
export function isReceiver({ environmentVariables = {} }) {
  return Object.keys(environmentVariables).some((variable) => variable.startsWith('RECEIVER_'))
}

/**
 * The functions that a custom domain of an fc3-domain resource leads to.
 *
 * @param {Record<string, Resource>} resources
 * @returns {Set<string>}
 */
export function routedFunctions(resources) {
  return new Set(
    Object.values(resources)
      .filter(isDomain)
      .flatMap(({ props }) => routesOf(props)),
  )
}

/**
 * @param {Record<string, unknown>} props of an fc3-domain resource
 * @returns {string[]}
 */
function routesOf({ routeConfig }) {
  const routes = routeConfig !== null && typeof routeConfig === 'object' && 'routes' in routeConfig
  if (!routes || !Array.isArray(routeConfig.routes)) return []
  return routeConfig.routes.flatMap((/** @type {{ functionName?: unknown, methods?: unknown }} */ route) =>
    typeof route?.functionName === 'string' && takesPost(route.methods) ? [route.functionName] : [],
  )
}

/** @param {unknown} methods absent: all of them */
function takesPost(methods) {
  return methods === undefined || (Array.isArray(methods) && methods.includes('POST'))
}

/**
 * Checks that a function's callers can reach it, and that it can reach what it calls. Live sends a callback as a POST
 * from the internet and signs it with the callback key, not with Alibaba Cloud credentials.
 *
 * @param {string} name of the resource
 * @param {Props} props
 * @param {ReadonlySet<string>} routed functions that an fc3-domain resource leads to
 * @returns {Violation[]}
 */
export function checkReach(name, props, routed) {
  const at = (/** @type {string[]} */ ...field) => pathOf([name, 'props', ...field])
  return [
    ...(isReceiver(props) && !hasTimer(props) ? inbound(props, routed.has(props.functionName), at) : []),
    ...outbound(props, at),
  ]
}

/**
 * @param {Props} props
 * @param {boolean} isRouted
 * @param {(...field: string[]) => string} at
 * @returns {Violation[]}
 */
function inbound({ triggers, customDomain }, isRouted, at) {
  const http = triggers.flatMap(({ triggerType, triggerConfig }, index) =>
    triggerType === 'http' ? [{ triggerConfig, index: String(index) }] : [],
  )
  if (http.length === 0) {
    return [
      { path: at('triggers'), problem: 'have no http trigger', allowed: 'one that takes POST, anonymous' },
    ]
  }
  const hasDomain = isRouted || (customDomain !== undefined && takesPost(customDomain.route?.methods))
  const problems = http.map(({ triggerConfig: { methods, authType, disableURLInternet }, index }) => {
    const path = (/** @type {string} */ field) => at('triggers', index, 'triggerConfig', field)
    return [
      ...(methods?.includes('POST')
        ? []
        : [{ path: path('methods'), problem: 'lack POST', allowed: 'POST, which Live sends callbacks by' }]),
      ...(authType === 'anonymous'
        ? []
        : [
            {
              path: path('authType'),
              problem: `is ${authType}`,
              allowed:
                'anonymous: a callback carries no Alibaba Cloud signature; the receiver verifies it itself',
            },
          ]),
      ...(disableURLInternet === true && !hasDomain
        ? [
            {
              path: path('disableURLInternet'),
              problem: 'is true, so no callback arrives',
              allowed: 'false, or a customDomain or fc3-domain that leads here',
            },
          ]
        : []),
    ]
  })
  // One trigger that accepts callbacks is enough.
  const open = problems.some((each) => each.length === 0)
  const domainAuth = customDomain?.authConfig?.authType ?? 'anonymous'
  return [
    ...(open ? [] : problems.flat()),
    ...(domainAuth === 'anonymous'
      ? []
      : [
          {
            path: at('customDomain', 'authConfig', 'authType'),
            problem: `is ${domainAuth}`,
            allowed: 'anonymous: a callback carries no Alibaba Cloud signature',
          },
        ]),
  ]
}

/**
 * @param {Props} props
 * @param {(...field: string[]) => string} at
 * @returns {Violation[]}
 */
function outbound({ internetAccess = true, vpcConfig }, at) {
  // The VPC that `auto` creates has no NAT gateway.
  if (internetAccess || (vpcConfig !== undefined && vpcConfig !== 'auto')) return []
  return [
    {
      path: at('internetAccess'),
      problem: `is false${vpcConfig === 'auto' ? ' beside vpcConfig: auto' : ' without a vpcConfig'}, so the function reaches neither KMS nor what else it calls`,
      allowed: 'true, or a vpcConfig with the ids of a VPC that reaches them',
    },
  ]
}
