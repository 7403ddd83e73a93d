/** The testbed's application as `halfopen serve` takes it. */
export { app as default } from './gateway-app.js';
