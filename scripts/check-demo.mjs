// Checks that the demo does what the README promises:
//   node scripts/check-demo.mjs DEMO.json EMERGENCY.json
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const [demo, emergency] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')))

assert.equal(demo.domains, 60)
assert.equal(demo.rotated, 60)
assert.equal(demo.throttled, 0)
assert.ok(
  demo.elapsedMs <= 1.05 * demo.limitMs + 500,
  `it took ${demo.elapsedMs} ms, and the limit is ${demo.limitMs} ms`,
)
assert.ok(demo.callbacks.sent >= 500, `only ${demo.callbacks.sent} callbacks were sent`)
assert.equal(demo.callbacks.rejected, 0)
assert.equal(demo.forged.accepted, 0)

assert.equal(emergency.rotated, emergency.domains)
assert.equal(emergency.callbacks.rejected, 0)
assert.ok(emergency.forged.sent > 0)
assert.equal(emergency.forged.accepted, 0)
assert.equal(typeof emergency.report.groups[0].cutOff.receiversMs, 'number')
console.log('demo: as promised')
