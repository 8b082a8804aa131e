import { RotatorError } from '../../core/errors.ts'
import { sideBySide } from '../../core/side-by-side.ts'
import type { OnlineStream } from '../ports.ts'
import { problemOf } from '../report/findings.ts'
import type { GroupContext } from '../state/context.ts'
import type { StreamSurvey } from '../state/streams.ts'

/** Lists the running streams of every domain. Warns about domains whose list cannot be read and records them as unlisted. */
export async function surveyStreams(run: GroupContext): Promise<StreamSurvey> {
  const unlisted: string[] = []
  let problem: RotatorError | undefined
  const lists = await sideBySide(run.seen.domains.keys(), async (domain) => {
    const streams = await listStreams(run, domain)
    if (!(streams instanceof RotatorError)) return streams
    unlisted.push(domain)
    problem ??= streams
    return []
  })
  if (problem) run.journal.warn({ kind: 'streamsNotListed', domains: unlisted, problem: problemOf(problem) })
  const survey = { streams: lists.flat(), unlisted }
  run.look(run.seen.withSurvey(survey))
  return survey
}

/** The running streams of a domain, or why they cannot be listed. */
export async function listStreams(
  run: GroupContext,
  domain: string,
): Promise<readonly OnlineStream[] | RotatorError> {
  try {
    return await run.live.streams(domain, { deadline: run.environment.deadline })
  } catch (error) {
    if (!(error instanceof RotatorError)) throw error
    // A domain that no longer exists has no streams; any other failure may hide some.
    if (error.code === 'notFound') return []
    run.journal.note({ level: 'warn', event: 'unlisted', domain, ...problemOf(error) })
    return error
  }
}
