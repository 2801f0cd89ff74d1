// Temporal's SDK loads this file by its path: in clients and workers by require(), which on older versions of Node takes CommonJS
// only, and in workflows from their bundle.
const { DefaultFailureConverter } = require('@temporalio/common');

/** Puts the message and the stack of a failure into a payload, where the codec reaches them; else they stand readable in event history. */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
