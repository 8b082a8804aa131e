/** Tests that take over a second on an idle machine. `npx vitest run --tags-filter '!slow'` leaves them out. */
export const TAGS = [{ name: 'slow', description: 'Takes over a second.', timeout: 120_000 }]
