/** The process of one question: imports it, runs it, and hands its report to the parent. */
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Native } from '../native/native.ts';
import { Context, FULL, type Question, type Report, SHORT } from './context.ts';

async function ask(question: Question, effort: typeof FULL): Promise<Report> {
  console.log(`\n== ${question.name}: ${question.asks}\n   ${question.readsAs}`);
  const reasons: string[] = [];
  const native = await Native.start({ onMissing: (reason) => reasons.push(reason) });
  const context = new Context({ effort, native });
  context.defer(() => native?.close());
  for (const reason of reasons) context.note(`no native baseline: ${reason}`);
  try {
    await question.run(context);
    for (const [command, reason] of native?.errors ?? []) {
      context.note(`native ${command} did not run: ${reason}`);
    }
    return context.report(question);
  } finally {
    await context.close();
  }
}

const [file = '', effort] = process.argv.slice(2);
// The parent hangs up once it has the report; a parent that died hangs up too. Either way nothing
// that the question left behind, a thread or a socket, may keep this process.
process.once('disconnect', () => process.exit());
const { question } = (await import(pathToFileURL(file).href)) as { question?: Question };
if (question === undefined) throw new TypeError(`${basename(file)} exports no question`);
process.send?.(await ask(question, effort === 'short' ? SHORT : FULL));
