import { createAlibaba } from '../../alibaba/create-alibaba.ts'
import { fixedCredentials } from '../../alibaba/transport/credentials.ts'
import { closeServer } from '../../core/local-server.ts'
import { parseRequest } from '../../config/request.ts'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET } from '../../emulator/index.ts'
import { run } from '../../rotation/run.ts'
import { environmentOf } from '../environment.ts'
import type { Io } from '../io.ts'
import { Feed } from '../page/feed.ts'
import { livePage } from '../page/live-page.ts'
import { servePage, urlOf } from '../page/serve.ts'
import { known, type Stage } from './stage.ts'

export interface DemoPage {
  readonly url: string
  /** Stops reading; the page keeps what was read last. */
  stop(): Promise<void>
  close(): void
}

/** The `dashboard` page on the demo's own emulator. */
export async function openDemoPage({ cloud, config }: Stage, io: Io): Promise<DemoPage> {
  const { clock, random } = io
  const credentials = fixedCredentials({
    accessKeyId: LOCAL_ACCESS_KEY_ID,
    accessKeySecret: LOCAL_ACCESS_KEY_SECRET,
  })
  const alibaba = createAlibaba({ config, credentials, clock, random })
  const log = (): void => undefined
  const environment = environmentOf({ io, open: (group) => alibaba.open(group), log, waitsMs: 0 })
  const stopping = new AbortController()
  const signal = AbortSignal.any([io.interrupted, stopping.signal])
  const request = parseRequest({ action: 'status', id: 'demo-page' })
  const feed = new Feed({
    config,
    request,
    environment,
    run,
    clock,
    signal,
    known: (kid) => known(cloud, kid),
  })
  const server = await servePage(
    0,
    livePage(feed, { action: 'status', place: [], groups: config.groups }, io),
  )
  const watching = feed.watch()
  return {
    url: urlOf(server),
    stop: async () => {
      stopping.abort()
      await watching
    },
    close: () => void closeServer(server),
  }
}
