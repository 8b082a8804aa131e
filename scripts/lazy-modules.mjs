import { readFile } from 'node:fs/promises'

/** What the SDKs load at their start, and need for XML answers and for dates only. */
const RARELY_USED = ['xml2js', 'moment', 'lodash']

/** What they need for WebSockets only, which neither Live nor KMS speaks: left out of the bundle. */
export const NEVER_USED = ['ws', 'http-proxy-agent', 'https-proxy-agent', 'socks-proxy-agent']

const REQUIRE = new RegExp(
  `^(?:var|const) (\\w+) = ((?:__importDefault|__importStar)?\\(?require\\("(?:${[...RARELY_USED, ...NEVER_USED].join('|')})"\\)\\)?);$`,
  'gm',
)

/**
 * Lets the SDKs load such a module when it is first used. Together they would take a third of the time of a cold start.
 *
 * @type {import('esbuild').Plugin}
 */
export const lazyModules = {
  name: 'lazy-modules',
  setup(build) {
    build.onLoad({ filter: /node_modules\/@(darabonba|alicloud)\/.*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const contents = source.replace(
        REQUIRE,
        'var $1 = new Proxy({}, { get: (_target, name) => ($2)[name] });',
      )
      return { contents, loader: 'js' }
    })
  },
}
