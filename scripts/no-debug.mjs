/**
 * Where the environment says DEBUG=*, the SDKs' HTTP client prints its requests' headers, and with them the security token
 * of the credentials. In what is deployed or published it prints nothing.
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
