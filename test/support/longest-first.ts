import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that take longest begin first, so that none is left to run alone at the end; those that wait beside those that work. */
const LONGEST = [
  'scenarios/year',
  'scenarios/command-line',
  'scenarios/killed',
  'scenarios/frozen',
  'scenarios/frameworks',
  'scenarios/stopped',
  'cli/eighty-columns-on-cloud',
  'scenarios/rotation',
  'scenarios/invoke',
  'notify/year',
  'scenarios/bad-documents',
  'rotation/crash',
  'scenarios/emergency-page',
  'scenarios/function',
]

/** Starts with the longest files, then the other scenarios, and fills the remaining time with short ones. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rank(a) - rank(b))
  }
}

function rank({ moduleId, project }: TestSpecification): number {
  // First, since each has a process of its own, and every other file shares one of a few that are not ended in between.
  if (project.name === 'alone') return -1
  const index = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
  if (index >= 0) return index
  return LONGEST.length + (moduleId.includes('/test/scenarios/') ? 0 : 1)
}
