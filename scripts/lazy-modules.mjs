import { readFile } from 'node:fs/promises'

/** Modules that the SDKs load at start but need only once a client exists. */
const RARELY_USED = ['@alicloud/credentials']

/**
 * Modules for WebSockets and for helpers (a date class, a deep merge) that our clients never call: left out of the bundle.
 */
export const NEVER_USED = [
  'ws',
  'http-proxy-agent',
  'https-proxy-agent',
  'socks-proxy-agent',
  'moment',
  'lodash',
]

/** The SDKs' modules for WebSockets only. */
const WEB_SOCKETS =
  /(@darabonba\/typescript\/dist\/websocket|@alicloud\/openapi-core\/dist\/websocketUtils\/index)\.js$/

const REQUIRE = new RegExp(
  `(?:__importDefault|__importStar)?\\(?require\\((["'])(?:${[...RARELY_USED, ...NEVER_USED].join('|')})\\1\\)\\)?`,
  'g',
)

/**
 * Makes the SDKs load these modules on first use. Together they would take half of a cold start.
 *
 * @type {import('esbuild').Plugin}
 */
export const lazyModules = {
  name: 'lazy-modules',
  setup(build) {
    build.onLoad({ filter: WEB_SOCKETS }, () => ({ contents: '', loader: 'js' }))
    build.onLoad({ filter: /node_modules\/(@darabonba|@alicloud)\/.*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const contents = source.replace(REQUIRE, 'new Proxy({}, { get: (_target, name) => ($&)[name] })')
      return { contents, loader: 'js' }
    })
  },
}
