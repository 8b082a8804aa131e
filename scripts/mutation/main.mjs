// Mutation testing: changes the code in small ways and checks whether a test notices. Slow, so no gate runs it.
//
//   npm run mutation                                    all rooms; writes the table of docs/mutation.md
//   npm run mutation -- --mutate lib/throttle/retry.ts  one file
//
// Keeps results in coverage/mutation/ and reuses them where neither the code nor its tests have changed.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const ROOMS = ['keyset', 'throttle', 'rotation', 'receiver']
const PAGE = 'docs/mutation.md'
const KILLED = ['Killed', 'Timeout']
const COUNTED = [...KILLED, 'Survived', 'NoCoverage']

const args = process.argv.slice(2)
const named = ROOMS.filter((room) => args.some((arg) => arg.includes(`lib/${room}/`)))
const rooms = named.length > 0 ? named : ROOMS
for (const room of rooms) {
  const env = { ...process.env, MUTATION_ROOM: room }
  const { status } = spawnSync('npx', ['stryker', 'run', ...args], { stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}
if (args.length === 0) {
  const [before, after] = readFileSync(PAGE, 'utf8').split(/(?<=<!-- table -->\n)[^]*(?=<!-- end -->)/)
  const date = new Date().toISOString().slice(0, 10)
  const lines = [`\n\`npm run mutation\`, ${date}:\n`, ...table(rooms), '']
  writeFileSync(PAGE, `${before}${lines.join('\n')}\n${after}`)
}

/** @param {readonly string[]} ofRooms */
function table(ofRooms) {
  const files = ofRooms.flatMap((room) => {
    const report = JSON.parse(readFileSync(`coverage/mutation/${room}/mutation.json`, 'utf8'))
    return Object.entries(report.files).map(([name, { mutants }]) => {
      const count = (/** @type {readonly string[]} */ states) =>
        mutants.filter((/** @type {{ status: string }} */ { status }) => states.includes(status)).length
      return { name, killed: count(KILLED), total: count(COUNTED) }
    })
  })
  return [
    '| file | killed | mutants | score |',
    '| --- | ---: | ---: | ---: |',
    ...files
      .filter(({ total }) => total > 0)
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ name, killed, total }) => `| \`${name}\` | ${killed} | ${total} | ${score(killed, total)} |`),
  ]
}

/** @param {number} killed @param {number} total */
function score(killed, total) {
  return `${(Math.floor((1000 * killed) / total) / 10).toFixed(1)} %`
}
