import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A function that does what its event says, e.g. `{ "do": "throw" }`. */
const CODE = `
let runs = 0
exports.handler = async (event, context) => {
  runs++
  const order = event.length === 0 ? { do: 'return' } : JSON.parse(event.toString('utf8'))
  switch (order.do) {
    case 'return': return { runs, isBuffer: Buffer.isBuffer(event), pid: process.pid }
    case 'text': return order.text
    case 'buffer': return Buffer.from(order.base64, 'base64')
    case 'context': return context
    case 'env': return process.env
    case 'throw': throw new RangeError('it went wrong')
    case 'flaky': {
      const { appendFileSync, readFileSync } = require('node:fs')
      appendFileSync(order.file, context.requestId + ' ' + context.retryCount + '\\n')
      const attempts = readFileSync(order.file, 'utf8').trim().split('\\n').length
      if (attempts < order.good) throw new Error('attempt ' + attempts)
      return { attempts }
    }
    case 'exit': console.log('leaving'); process.exit(1)
    case 'hang': context.logger.info('hanging'); return new Promise(() => setInterval(() => {}, 1000))
    case 'spin': for (;;);
    case 'wait': return (await fetch(order.url)).text()
    case 'log':
      context.logger.info('from the logger')
      console.error('on stderr')
      for (let i = 0; i < order.lines; i++) console.log('line ' + i + ' \u4e2d')
      return 'logged'
  }
}
`

/** The folder of that function, or of one with other code; it is gone after the test. */
export function functionFolder(files: Readonly<Record<string, string>> = { 'index.js': CODE }): string {
  const folder = mkdtempSync(join(tmpdir(), 'rotator-fc-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}
