// n8n's verification scanner as a library: the rules by which n8n verifies a community node, on its sources and on what
// npm packs. Its steps that need the network (provenance, the public repository) are left to n8n.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [connector, packed] = process.argv.slice(2);
const load = createRequire(join(connector, 'package.json'));
const scanner = join(load.resolve('@n8n/scan-community-package/package.json'), '..', 'scanner', 'scanner.mjs');
const { analyzePackage, SOURCE_FILE_PATTERNS } = await import(pathToFileURL(scanner));

const found = [await analyzePackage(connector, SOURCE_FILE_PATTERNS), await analyzePackage(packed, ['**/*.js', 'package.json'])];
for (const { details, message } of found.filter(({ passed }) => !passed)) console.error(details ?? message);
process.exitCode = found.every(({ passed }) => passed) ? 0 : 1;
