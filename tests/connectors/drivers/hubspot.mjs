// HubSpot's own parser of developer projects, with every check that it makes. It stands in for HubSpot's cloud in one
// thing: what the parser would fetch from there, the schemas of components, is empty, so any config passes them.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serve } from './serve.mjs';

Object.assign(process.env, { USE_ENVIRONMENT_HUBSPOT_CONFIG: 'true', HUBSPOT_ACCOUNT_ID: '1', HUBSPOT_API_KEY: 'none' });

const load = createRequire(join(process.env.CONNECTOR, 'package.json'));
const take = (name) => import(pathToFileURL(load.resolve(name)));
const { translate } = await take('@hubspot/project-parsing-lib/translate');
const { parseProjectConfig } = await take('@hubspot/project-parsing-lib/projects');
const { INTERNAL_TYPE_TO_USER_FACING, Components } = await take('@hubspot/project-parsing-lib/constants');
const { httpClient } = await take('@hubspot/local-dev-lib/http/client');

const internal = Object.fromEntries(Object.entries(INTERNAL_TYPE_TO_USER_FACING).map(([name, shown]) => [shown, name]));
const nameOf = (type) => internal[type] ?? type.toUpperCase().replaceAll('-', '_');
const schemas = Object.fromEntries(Object.keys(Components).map((type) => [nameOf(type), {}]));
httpClient.defaults.adapter = async (config) => ({ data: schemas, status: 200, statusText: 'OK', headers: {}, config });

async function parse({ folder }) {
  const { srcDir, platformVersion } = parseProjectConfig(folder);
  const context = { projectSourceDir: join(folder, srcDir), platformVersion, accountId: 1 };
  const { intermediateRepresentation, skippedHsMetaFiles } = await translate(context);
  return { nodes: intermediateRepresentation.intermediateNodesIndexedByUid, skipped: skippedHsMetaFiles };
}

await serve({ parse }, () => ({ kind: 'input' }));
