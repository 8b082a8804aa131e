// @module-tag slow
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { chinesePage } from '../../lib/cli/page/chinese-page.ts'
import { livePage } from '../../lib/cli/page/live-page.ts'
import { renderPage } from '../../lib/cli/page/page.ts'
import type { PageTexts } from '../../lib/cli/page/page-texts.ts'
import { servePage, urlOf } from '../../lib/cli/page/serve.ts'
import { pageView } from '../../lib/cli/page/view.ts'
import type { GroupReport, Report } from '../../lib/rotation/report/report.ts'
import { CHROMIUM, CHROMIUM_ARGS } from '../../scripts/chromium.mjs'
import { TestClock } from '../support/clock.ts'
import { ASKED, EMERGENCY, FULL, groupReport, OPTIONS, reportOf } from './page-reports.ts'
import { folderWith, ioFor } from './support.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const WIDTHS = [1280, 390]

if (CHROMIUM === undefined)
  process.stderr.write(
    'No Chromium is installed: the page is not tried in a browser (apt-get install chromium).\n',
  )

describe.skipIf(CHROMIUM === undefined)('in a browser', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: CHROMIUM_ARGS })
  }, 60_000)

  afterAll(() => browser.close())

  async function tab(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    onTestFinished(() => context.close())
    return context.newPage()
  }

  /** Opens a page from disk, without a network. */
  async function opened(
    groups: readonly GroupReport[],
    options: BrowserContextOptions = {},
    texts: PageTexts = OPTIONS.texts,
  ): Promise<Page> {
    const text = renderPage(pageView(reportOf(...groups), ASKED), { ...OPTIONS, texts })
    const page = await tab({ offline: true, ...options })
    await page.goto(pathToFileURL(join(folderWith({ 'page.html': text }), 'page.html')).href)
    return page
  }

  /** The page as the dashboard serves it, of a report that may become another one. */
  async function watched(
    report: Report,
  ): Promise<{ page: Page; watch: { report: Report; problem: undefined } }> {
    const watch = { report, problem: undefined }
    const server = await servePage(0, livePage(watch, ASKED, ioFor(new TestClock())))
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const page = await tab()
    await page.goto(urlOf(server))
    return { page, watch }
  }

  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(AXE)
    return page.evaluate<string[]>(
      `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => [id, html, failureSummary].join(': '))))`,
    )
  }

  describe.each(WIDTHS)('%i pixels wide', (width) => {
    const viewport = { width, height: 900 }

    test.each(['light', 'dark'] as const)('%s: axe finds nothing', async (colorScheme) => {
      const page = await opened([EMERGENCY, FULL], { viewport, colorScheme })
      expect(await violations(page)).toEqual([])
    })

    test('nothing is wider than the window', async () => {
      const page = await opened([EMERGENCY, FULL], { viewport })
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width)
    })

    test('a long foreign word breaks', async () => {
      const long = 'x'.repeat(400)
      const { domains } = groupReport()
      const group = groupReport({
        group: long,
        warnings: [long],
        error: { code: 'denied', message: long },
        domains: { ...domains, failed: [{ domain: long, code: 'denied', message: long }] },
      })
      const page = await opened([group], { viewport })
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width)
    })
  })

  test('axe finds nothing in Chinese', async () => {
    expect(await violations(await opened([EMERGENCY, FULL], {}, chinesePage))).toEqual([])
  })

  test('shows everything from disk without a network, and requests nothing', async () => {
    const asked: string[] = []
    const errors: string[] = []
    const text = renderPage(pageView(reportOf(EMERGENCY), ASKED), OPTIONS)
    const page = await tab({ offline: true })
    page.on('request', (request) => asked.push(request.url()))
    page.on('pageerror', ({ message }) => errors.push(message))
    const { href } = pathToFileURL(join(folderWith({ 'page.html': text }), 'page.html'))
    await page.goto(href)
    expect(asked).toEqual([href])
    expect(errors).toEqual([])
    expect(await page.title()).toBe('Snapshot callback keys')
    for (const shown of [
      'Emergency: aaaaaaaaaaaa leaked',
      '1 instance still trusts it',
      'instance-a2',
      '1 of 3 domains on key bbbbbbbbbbbb',
      'https://hooks-b.example.com/live/snapshot',
      'live1.example.com',
    ])
      expect(await page.getByText(shown).first().isVisible(), shown).toBe(true)
  })

  test('prints dark on light, without moving parts', async () => {
    const page = await opened([EMERGENCY], { colorScheme: 'dark' })
    await page.emulateMedia({ media: 'print' })
    expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe(
      'rgb(255, 255, 255)',
    )
    const [red = 255] = (await page.evaluate<string>('getComputedStyle(document.body).color'))
      .match(/\d+/g)!
      .map(Number)
    expect(red).toBeLessThan(80)
    expect(await page.locator('.countdown').isVisible()).toBe(false)
    expect(await violations(page)).toEqual([])
  })

  test('can be read by keyboard: every table that may scroll is reachable and named', async () => {
    const page = await opened([EMERGENCY])
    const reached: string[] = []
    for (let press = 0; press < 2; press++) {
      await page.keyboard.press('Tab')
      reached.push(await page.evaluate<string>('document.activeElement.getAttribute("aria-label")'))
    }
    expect(reached).toEqual(['default: Receivers', 'default: Running streams on old keys'])
  })

  describe('while it is watched', () => {
    test('updates itself, and keeps the focus and the scroll position', async () => {
      const { page, watch } = await watched(reportOf(FULL))
      await page.setViewportSize({ width: 390, height: 900 })
      await page.getByRole('region', { name: 'everything: Receivers' }).focus()
      const left = await page.evaluate<number>(
        'document.activeElement.scrollLeft = 20, document.activeElement.scrollLeft',
      )
      expect(left).toBe(20)
      watch.report = reportOf({ ...FULL, revision: 77 })
      await page.getByText('revision 77').waitFor()
      expect(await page.evaluate<string>('document.activeElement.getAttribute("aria-label")')).toBe(
        'everything: Receivers',
      )
      expect(await page.evaluate<number>('document.activeElement.scrollLeft')).toBe(left)
    })

    test('announces an emergency to a screen reader, counts down, and passes axe', async () => {
      const { page, watch } = await watched(reportOf(groupReport()))
      const said = page.getByRole('status')
      expect(await said.textContent()).toBe('')
      watch.report = reportOf(EMERGENCY)
      await page.getByText('1 instance still trusts it').first().waitFor()
      expect(await said.textContent()).toBe('Emergency: aaaaaaaaaaaa leaked. 1 instance still trusts it')
      expect(await page.locator('.countdown').textContent()).toMatch(/\d+ s left/)
      expect(await violations(page)).toEqual([])
    })

    test("works under its own server's policy, which allows nothing else", async () => {
      const errors: string[] = []
      const { page } = await watched(reportOf(FULL))
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
      await page.reload()
      await page.getByText('everything').first().waitFor()
      expect(errors.filter((text) => !text.includes('favicon'))).toEqual([])
      const elsewhere = await page.evaluate<string>(
        `fetch('http://127.0.0.1:9/').then(() => 'let through', () => 'refused')`,
      )
      expect(elsewhere).toBe('refused')
    })
  })
})
