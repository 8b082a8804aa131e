import type { Server } from 'node:http'
import { RotatorError } from '../../../core/errors.ts'
import { closeServer } from '../../../core/local-server.ts'
import { languageOf } from '../../../core/language.ts'
import type { CommandContext } from '../../command.ts'
import { configurationOf } from '../../configuration.ts'
import { environmentOf } from '../../environment.ts'
import type { Result } from '../../io.ts'
import { given, type Asked } from '../../next/asked.ts'
import { Feed, LOOKING_RATES } from '../../page/feed.ts'
import { livePage } from '../../page/live-page.ts'
import { openInBrowser } from '../../page/open.ts'
import { servePage, urlOf } from '../../page/serve.ts'
import { requestOf } from '../actions/request.ts'
import { commandWords } from '../../words/command-words.ts'
import type { DashboardOptions } from './flags.ts'

/** Serves the page until Ctrl-C. */
export async function runDashboard(
  options: DashboardOptions,
  { io, services }: CommandContext,
): Promise<Result> {
  const written = configurationOf(options, io)
  const config = { ...written, throttle: { ...written.throttle, ...LOOKING_RATES } }
  const request = requestOf('status', { group: options.group })
  const { connect, run } = await services()
  const log = (): void => undefined
  const { open } = await connect({ config, io, log })
  const environment = environmentOf({ io, open, log, waitsMs: 0 })
  const feed = new Feed({ config, request, environment, run, clock: io.clock, signal: io.interrupted })
  const asked: Asked = {
    action: 'status',
    group: options.group,
    place: given({ config: options.config }),
    groups: config.groups,
  }
  const server = await serve(options.port ?? 0, livePage(feed, asked, io))
  const url = urlOf(server)
  const words = commandWords[languageOf(io.env)]
  io.stderr.write(`${words.pageAt(url)}\n`)
  if (options.open === true) openInBrowser(url)
  try {
    await feed.watch()
  } finally {
    await closeServer(server)
  }
  return { document: { url }, text: words.pageEnded, exitCode: 0 }
}

async function serve(port: number, page: Parameters<typeof servePage>[1]): Promise<Server> {
  try {
    return await servePage(port, page)
  } catch (error) {
    throw new RotatorError('usage', `port ${port} is not available: leave --port out to take any free one`, {
      cause: error,
    })
  }
}
