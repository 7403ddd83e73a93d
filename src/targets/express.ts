import { moduleTarget } from './module-target.js';

/** Express on node:http. */
export const express = moduleTarget({ name: 'express', summary: 'Express on node:http', packages: ['express'] });
