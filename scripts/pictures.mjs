// Makes the READMEs' pictures from real runs: `npm run pictures`. Needs a build and Chromium.
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { CHROMIUM, CHROMIUM_ARGS } from './chromium.mjs'
import { terminalSvg } from './terminal-svg.mjs'

const FOLDER = 'docs/pictures'
const WIDTHS = [1280, 390]
const SCHEMES = /** @type {const} */ (['light', 'dark'])
const SPOKEN = { TZ: 'Asia/Shanghai', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', LIVE_KEY_LANG: 'en' }
/** A PATH without a browser, so that no page opens on the user's screen. */
const ENV = {
  ...process.env,
  PATH: '/nowhere',
  TZ: 'Asia/Shanghai',
  LANG: 'en_US.UTF-8',
  LC_ALL: 'en_US.UTF-8',
}

if (CHROMIUM === undefined) {
  console.error('Chromium is not installed, so no pictures were made: apt-get install chromium')
  process.exit(1)
}
mkdirSync(FOLDER, { recursive: true })
const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS })
try {
  // The middle of a rotation: instances know the key, and the domains are half filled.
  await pictureOf('rotation', [], isHalfSet)
  // The middle of an emergency: instances have shown evidence, and the domains are half filled.
  await pictureOf('emergency', ['--emergency'], (main) => main.includes('class="alarm"') && isHalfSet(main))
} finally {
  await browser.close()
}
writeFileSync(`${FOLDER}/demo.svg`, terminalSvg('npx live-key-rotator demo', await output()))

/**
 * Watches a demo's page until the wanted moment, and takes pictures of it.
 *
 * @param {string} name
 * @param {string[]} flags
 * @param {(page: string) => boolean} isMoment
 */
async function pictureOf(name, flags, isMoment) {
  const demo = spawn(process.execPath, ['dist/cli/main.js', 'demo', '--dashboard', ...flags], {
    env: ENV,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    const url = await urlIn(demo.stderr)
    const page = await momentOf(url, isMoment)
    for (const width of WIDTHS) for (const scheme of SCHEMES) await shoot(page, { name, width, scheme })
    copyFileSync(`${FOLDER}/${name}-1280-light.png`, `${FOLDER}/${name}.png`)
  } finally {
    demo.kill('SIGINT')
  }
}

/** @param {import('node:stream').Readable} stream */
async function urlIn(stream) {
  let text = ''
  for await (const chunk of stream) {
    text += chunk
    const found = /The page of this rotation is at (\S+)/.exec(text)
    if (found !== null) {
      stream.resume()
      return found[1] ?? ''
    }
  }
  throw new Error(`the demo showed no page:\n${text}`)
}

/**
 * @param {string} url
 * @param {(page: string) => boolean} isMoment
 */
async function momentOf(url, isMoment) {
  const until = Date.now() + 60_000
  while (Date.now() < until) {
    const page = await (await globalThis.fetch(url)).text()
    if (isMoment(page)) return page
    await delay(40)
  }
  throw new Error('the demo never reached the moment for the picture')
}

/** @param {string} page */
function isHalfSet(page) {
  const [, on, total] = /([\d,]+) of ([\d,]+) domains on key/.exec(page) ?? []
  const share = Number(on) / Number(total)
  return share > 0.4 && share < 0.8
}

/**
 * The page cannot refresh itself here, so every picture shows the same moment.
 *
 * @param {string} html
 * @param {{ name: string, width: number, scheme: 'light' | 'dark' }} picture
 */
async function shoot(html, { name, width, scheme }) {
  const context = await browser.newContext({
    viewport: { width, height: 600 },
    colorScheme: scheme,
    offline: true,
  })
  const page = await context.newPage()
  await page.setContent(html)
  await page.screenshot({ path: `${FOLDER}/${name}-${width}-${scheme}.png`, fullPage: true })
  await context.close()
}

/** What a demo writes to a terminal of 100 columns. */
async function output() {
  const command = `stty cols 100 rows 60; ${process.execPath} dist/cli/main.js demo`
  const demo = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...process.env, ...SPOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  demo.stdout.setEncoding('utf8').on('data', (piece) => (text += piece))
  const code = await new Promise((resolve) => demo.on('close', resolve))
  if (code !== 0) throw new Error(`the demo ended with ${code}:\n${text}`)
  return text
}
