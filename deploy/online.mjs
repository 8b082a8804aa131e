import { runS } from './serverless-devs.mjs'

const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']

/**
 * Runs `s` against the cloud, unless the first host name that it needs does not resolve: without a network, `s` fails
 * late and with unhelpful messages.
 *
 * @param {string[]} args
 * @param {import('./io.mjs').Io} io
 * @param {readonly { props: import('./rules.mjs').Props }[]} functions the functions concerned
 * @returns {Promise<number>} the exit code of `s`, or 1 without a network
 */
export async function runOnline(args, io, functions) {
  const host = `fcv3.${functions[0]?.props.region ?? 'cn-shanghai'}.aliyuncs.com`
  if (await isReachable(host, io)) return runS(args, io)
  io.stderr.write(
    [
      `${host} cannot be looked up: there is no network here, or no DNS. Nothing was ${args.includes('plan') ? 'asked' : 'deployed'}.`,
      'This needs Function Compute, the registry of Serverless Devs (for fc3 and fc3-domain) and credentials:',
      '  npx s config add                      # once, or the environment variables of Serverless Devs',
      '  HTTPS_PROXY=http://HOST:PORT …        # behind a proxy',
      '  npm run deploy:plan -- --offline      # the check alone needs no network',
      '',
    ].join('\n'),
  )
  return 1
}

/**
 * Behind a proxy, names are resolved there, and a component on the disk may deploy anywhere.
 *
 * @param {string} host
 * @param {import('./io.mjs').Io} io
 */
async function isReachable(host, { env, lookup }) {
  if (env['FC_COMPONENT'] !== undefined || PROXIES.some((name) => env[name])) return true
  try {
    await lookup(host)
    return true
  } catch {
    return false
  }
}
