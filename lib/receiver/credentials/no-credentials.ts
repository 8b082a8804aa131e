import { VARIABLES } from './access-keys.ts'

/** What to do if there are no credentials. */
export const NO_CREDENTIALS =
  'no credentials to read the keyset with: pass "credentials", give the function or the instance a role, or set ' +
  `${VARIABLES}ID and ${VARIABLES}SECRET`
