// What Salesforce's own tools say of the package: one question for each run, answered as JSON.
//
//   convert <folder>   source-deploy-retrieve: every component it recognises, and the package that it makes of them
//   parse <file>…      Salesforce's grammar of Apex: what does not follow it
//   analyse <file>…    PMD's rules for Apex, as Salesforce's Code Analyzer runs them (needs Java)

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const load = createRequire(join(process.cwd(), 'package.json'));

const questions = { convert, parse, analyse };
const [question, ...paths] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await questions[question](paths)));

async function convert([folder]) {
  const { ComponentSet, MetadataConverter } = load('@salesforce/source-deploy-retrieve');
  const components = ComponentSet.fromSource(folder);
  const output = await mkdtemp(join(tmpdir(), 'mio-hub-salesforce-'));
  try {
    const { packagePath } = await new MetadataConverter().convert(components, 'metadata', {
      type: 'directory',
      outputDirectory: output,
      genUniqueDir: false,
    });
    return {
      components: [...components.getSourceComponents()].map(({ type, fullName }) => `${type.name}:${fullName}`),
      manifest: readFileSync(join(packagePath, 'package.xml'), 'utf8'),
      event: readFileSync(join(packagePath, 'objects', 'Call_Completed__e.object'), 'utf8'),
      registration: readFileSync(
        join(packagePath, 'externalServiceRegistrations', 'Mio_Hub.externalServiceRegistration'),
        'utf8',
      ),
    };
  } finally {
    await rm(output, { recursive: true });
  }
}

function parse(files) {
  const { ApexParserFactory, ApexErrorListener } = load('@apexdevtools/apex-parser');
  return files.flatMap((file) => {
    const faults = [];
    class Listener extends ApexErrorListener {
      apexSyntaxError(line, column, message) {
        faults.push(`${file}:${line}:${column} ${message}`);
      }
    }
    ApexParserFactory.createLexerAndParser(readFileSync(file, 'utf8'), new Listener()).parser.compilationUnit();
    return faults;
  });
}

async function analyse(files) {
  const { CodeAnalyzer, CodeAnalyzerConfig } = load('@salesforce/code-analyzer-core');
  const { createEnginePlugin } = load('@salesforce/code-analyzer-pmd-engine');
  const analyser = new CodeAnalyzer(CodeAnalyzerConfig.withDefaults());
  await analyser.addEnginePlugin(createEnginePlugin());
  const workspace = await analyser.createWorkspace(files);
  const rules = await analyser.selectRules(['pmd:apex'], { workspace });
  const results = await analyser.run(rules, { workspace });
  return {
    rules: rules.getCount(),
    violations: results.getViolations().map((found) => {
      const where = found.getPrimaryLocation();
      return `${found.getRule().getName()} ${where.getFile()}:${where.getStartLine()} ${found.getMessage()}`;
    }),
  };
}
