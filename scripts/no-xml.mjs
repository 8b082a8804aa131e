/**
 * The SDKs parse XML where a server answers in it, which none does that is asked for JSON. In what is deployed such an
 * answer is as good as none that is understood, and the parser's 32 KB are left out.
 *
 * @type {import('esbuild').Plugin}
 */
export const noXml = {
  name: 'no-xml',
  setup(build) {
    build.onResolve({ filter: /^xml2js$/ }, ({ path }) => ({ path, namespace: 'no-xml' }))
    build.onLoad({ filter: /.*/, namespace: 'no-xml' }, () => ({
      contents: `
        const refuse = (done) => done(new SyntaxError('an answer in XML'))
        exports.Parser = class { parseString(text, done) { refuse(done) } }
        exports.Builder = class { buildObject() { throw new SyntaxError('XML is not spoken') } }
        exports.parseString = (text, options, done = options) => refuse(done)
      `,
      loader: 'js',
    }))
  },
}
