/** The highest revision that a VersionId can hold. */
export const LAST_REVISION = 99_999_999

/** The version of the secret that a revision is stored as: `keyset-00000007`. */
export function versionOf(revision: number): string {
  return `keyset-${String(revision).padStart(8, '0')}`
}

/** 0 for a version that is not a keyset. */
export function revisionOf(versionId: string): number {
  const digits = /^keyset-(\d{8})$/.exec(versionId)?.[1]
  return digits === undefined ? 0 : Number(digits)
}
