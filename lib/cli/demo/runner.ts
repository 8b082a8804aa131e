import { createAlibaba } from '../../alibaba/create-alibaba.ts'
import { fixedCredentials } from '../../alibaba/transport/credentials.ts'
import { parseRequest } from '../../config/request.ts'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET } from '../../emulator/index.ts'
import type { Log } from '../../rotation/ports.ts'
import type { Report } from '../../rotation/report/report.ts'
import { run } from '../../rotation/run.ts'
import { environmentOf } from '../environment.ts'
import type { Io } from '../io.ts'
import { newRunId } from '../run-id.ts'
import type { Stage } from './stage.ts'

/** Runs a request on the stage, with the real SDKs. */
export type Runner = (request: object, log: Log) => Promise<Report>

/** Consecutive requests share one account, so the throttle carries over from one to the next. */
export function createRunner({ config }: Stage, io: Io): Runner {
  const { clock, random } = io
  const credentials = fixedCredentials({
    accessKeyId: LOCAL_ACCESS_KEY_ID,
    accessKeySecret: LOCAL_ACCESS_KEY_SECRET,
  })
  const alibaba = createAlibaba({ config, credentials, clock, random })
  return async (request, log) => {
    const environment = environmentOf({ io, open: (group) => alibaba.open(group), log, waitsMs: Infinity })
    const report = await run(parseRequest({ ...request, id: newRunId() }), config, environment)
    io.interrupted.throwIfAborted()
    return report
  }
}
