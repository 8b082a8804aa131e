import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, it, onTestFinished } from 'vitest'
import { translateError } from '../../lib/alibaba/transport/errors.ts'
import { noXml } from '../../scripts/no-xml.mjs'

it('the functions treat an XML answer as unreadable', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-xml-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const outfile = join(folder, 'bundle.cjs')
  await build({
    stdin: {
      contents: "exports.parse = require('@darabonba/typescript').XML.parseXml",
      resolveDir: process.cwd(),
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    plugins: [noXml],
    logLevel: 'silent',
  })
  const { parse } = createRequire(outfile)(outfile) as { parse: (xml: string, response: null) => unknown }
  let thrown: unknown
  try {
    parse('<Error><Code>SomethingElse</Code></Error>', null)
  } catch (error) {
    thrown = error
  }
  const call = { api: 'GetSecretValue', product: 'kms', subject: 'secret a' }
  expect(translateError(thrown, call)).toMatchObject({ code: 'invalidAnswer', retryable: true })
})
