/**
 * With DEBUG=* in the environment, the SDKs' HTTP client prints request headers, including the credentials' security
 * token. In deployed and published code, it prints nothing.
 *
 * @type {import('esbuild').Plugin}
 */
export const noDebug = {
  name: 'no-debug',
  setup(build) {
    build.onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: 'no-debug' }))
    build.onLoad({ filter: /.*/, namespace: 'no-debug' }, () => ({
      contents: 'module.exports = () => Object.assign(() => {}, { enabled: false })',
      loader: 'js',
    }))
  },
}
