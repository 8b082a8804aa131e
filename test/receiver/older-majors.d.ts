/* The older majors have the types of the newer ones, as far as they are used here. */
declare module 'express4' {
  export { default } from 'express'
}
declare module 'koa2' {
  export { default } from 'koa'
}
