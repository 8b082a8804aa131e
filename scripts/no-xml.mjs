/**
 * The SDKs can parse XML answers, which no server sends when asked for JSON. Deployed code treats them as unreadable and
 * leaves out the parser's 32 KB.
 *
 * @type {import('esbuild').Plugin}
 */
export const noXml = {
  name: 'no-xml',
  setup(build) {
    build.onResolve({ filter: /^xml2js$/ }, ({ path }) => ({ path, namespace: 'no-xml' }))
    build.onLoad({ filter: /.*/, namespace: 'no-xml' }, () => ({
      contents: `
        const refuse = (done) => done(new SyntaxError('the answer is XML'))
        exports.Parser = class { parseString(text, done) { refuse(done) } }
        exports.Builder = class { buildObject() { throw new SyntaxError('XML is not supported') } }
        exports.parseString = (text, options, done = options) => refuse(done)
      `,
      loader: 'js',
    }))
  },
}
