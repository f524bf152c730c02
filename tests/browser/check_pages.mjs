// Opens pages in one Chromium with the network refused and says what is wrong with them.
// Reads the path of a page from each line of its input and answers with one line: a JSON list of {view, what, detail},
// empty where nothing was found. A path after "quick " is opened in two views: 390 px and print. Beside page.html it prints page.pdf, in which blank sheets can be looked for.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { HtmlValidate } from 'html-validate';
import { look, pictures, textPixels } from './in_page.mjs';

const need = createRequire(import.meta.url);
const script = (name) => readFileSync(need.resolve(name), 'utf8');
const axeScript = script('axe-core/axe.min.js'), aceScript = script('accessibility-checker-engine/ace.js');
const snifferScript = script('html_codesniffer/build/HTMLCS.js');
const validator = new HtmlValidate({ root: true, ...JSON.parse(readFileSync(new URL('./htmlvalidate.json', import.meta.url), 'utf8')) });

// the smallest letters of a picture, in pixels: 320 px is a desktop window at 400%, where 8.5 px are 34 on the screen
const views = [
  { name: '1280 px', width: 1280, height: 900, letters: 11, first: true },
  { name: '390 px', width: 390, height: 844, letters: 10.9, pixels: true, quick: true },
  { name: '320 px', width: 320, height: 640, letters: 8.5 },
  { name: '1280 px dark', width: 1280, height: 900, colorScheme: 'dark', pixels: true },
  { name: '1280 px, all opened', width: 1280, height: 900, open: true, engines: true },
  { name: 'print', width: 673, height: 1000, media: 'print', letters: 8.5, quick: true }, // A4 less its margins
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
});
for await (const line of createInterface({ input: process.stdin })) {
  const quick = line.startsWith('quick '), path = line.replace(/^quick /, '');
  const findings = [], times = {};
  const at = (view) => (what, detail) => findings.push({ view, what, detail: String(detail).slice(0, 600) });
  const html = readFileSync(path, 'utf8');
  const huge = (html.match(/<td/g) ?? []).length > 3000; // thousands of cells take minutes in these views and show nothing new
  try {
    for (const view of views.filter((v) => (quick ? v.quick : !(huge && (v.open || v.colorScheme))))) {
      const start = Date.now();
      await checkView(path, view, at(view.name));
      times[view.name] = Date.now() - start;
    }
    await validate(html, path, at('markup'));
  } catch (error) { at('all')('checks broke off', error.stack); }
  if (process.env.CHECK_TIMES) console.error(path, JSON.stringify(times));
  console.log(JSON.stringify(findings));
}
await browser.close();

async function checkView(path, view, found) {
  // bypassCSP lets the checkers in; what the page itself would load is counted through the route
  const context = await browser.newContext({
    bypassCSP: true, viewport: { width: view.width, height: view.height }, colorScheme: view.colorScheme ?? 'light',
  });
  try {
    const asked = [];
    await context.route('**/*', (route) => {
      const url = route.request().url();
      if (url.startsWith('file:') || url.startsWith('data:')) return route.continue();
      asked.push(url);
      return route.abort();
    });
    const tab = await context.newPage();
    if (view.media) await tab.emulateMedia({ media: view.media });
    await tab.goto(pathToFileURL(resolve(path)).href);
    if (view.open) await tab.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    if (view.first) await skipLink(tab, found);
    for (const [what, detail] of await tab.evaluate(look, { ...view, bare: true })) found(what, detail);
    if (view.pixels) await pixels(tab, found);
    await axe(tab, found, view.colorScheme ? ['color-contrast', 'link-in-text-block'] : null);
    if (view.first) for (const [what, detail] of await tab.evaluate(pictures)) found(what, detail);
    if (view.engines) await sniff(tab, found), await equalAccess(tab, found);
    if (!view.media && !view.engines) await enlarged(tab, view, found);
    if (view.media) await tab.pdf({ path: path.replace(/\.html$/, '.pdf'), preferCSSPageSize: true });
    for (const url of asked) found('request', url);
  } finally { await context.close(); }
}

async function skipLink(tab, found) {
  await tab.keyboard.press('Tab');
  const there = await tab.evaluate(() => {
    const box = document.activeElement.getBoundingClientRect();
    const shown = document.activeElement.matches('a.skip') && box.left >= 0 && box.top >= 0;
    document.activeElement.blur();
    return shown;
  });
  if (!there) found('skip link', 'the first Tab does not show it');
}

async function axe(tab, found, rules) {
  await tab.evaluate(axeScript);
  const said = await tab.evaluate((some) => window.axe.run(document, {
    runOnly: some ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations', 'incomplete'],
  }), rules);
  const first = (v) => v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(' | ');
  for (const v of said.violations) found(`axe ${v.id}`, first(v));
  for (const v of said.incomplete) {
    const covered = [];
    for (const n of v.nodes) if (!n.any.some((a) => ['bgOverlap', 'elmPartiallyObscured'].includes(a.data?.messageKey)) || await isCovered(tab, n.target[0])) covered.push(n);
    if (covered.length) found(`axe needs review: ${v.id}: ${covered[0].any.map((a) => a.message).join(' ')}`, first({ nodes: covered }));
  }
}

// axe takes text that lies across the edge of its window for covered; here it is looked at in the middle of the window
async function isCovered(tab, selector) {
  return tab.evaluate((path) => {
    const element = document.querySelector(path);
    element.scrollIntoView({ block: 'center' });
    const box = element.getBoundingClientRect();
    const places = [0.02, 0.5, 0.98];
    return places.some((y) => places.some((x) => {
      const top = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
      return !top || !(element.contains(top) || top.contains(element));
    }));
  }, selector);
}

async function sniff(tab, found) {
  await tab.evaluate(snifferScript);
  const errors = await tab.evaluate(() => new Promise((done) => {
    window.HTMLCS.process('WCAG2AA', document, () => done(
      window.HTMLCS.getMessages().filter((m) => m.type === window.HTMLCS.ERROR).map((m) => [m.code, m.msg])));
  }));
  for (const [code, message] of errors) found(`HTML_CodeSniffer ${code}`, message);
}

async function equalAccess(tab, found) {
  await tab.evaluate(aceScript);
  const said = await tab.evaluate(async () => {
    const report = await new window.ace.Checker().check(document, ['WCAG_2_2']);
    return report.results.filter((r) => r.value[0] === 'VIOLATION' && r.value[1] === 'FAIL').map((r) => [r.ruleId, `${r.message} ${r.snippet}`]);
  });
  for (const [rule, detail] of said) found(`equal-access ${rule}`, detail);
}

async function pixels(tab, found) {
  const height = await tab.evaluate(() => document.documentElement.scrollHeight), step = 6000, width = tab.viewportSize().width;
  const hide = '* { color: transparent !important; text-decoration-color: transparent !important; } ::marker { color: transparent !important; }';
  // in pieces, since Chromium's pictures of a long page repeat themselves past 16,384 pixels; a very long page in part
  for (let top = 0; top < Math.min(height, 8 * step); top += step) {
    const clip = { x: 0, y: top, width, height: Math.min(step, height - top) };
    const shoot = async () => `data:image/png;base64,${(await tab.screenshot({ clip, fullPage: true, animations: 'disabled' })).toString('base64')}`;
    const shown = await shoot(), hidden = await tab.addStyleTag({ content: hide }), without = await shoot();
    await hidden.evaluate((style) => style.remove());
    for (const [what, detail] of await tab.evaluate(textPixels, [shown, without, top])) found(what, detail);
  }
}

async function enlarged(tab, view, found) {
  const spacing = await tab.addStyleTag({ content: `* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-bottom: 2em !important; }` });
  for (const [what, detail] of await tab.evaluate(look, {})) found(`${what} with wide text spacing`, detail);
  await spacing.evaluate((style) => style.remove());
  if (view.width < 1280) return;
  await tab.addStyleTag({ content: 'html { font-size: 200% !important; }' });
  for (const [what, detail] of await tab.evaluate(look, {})) found(`${what} at 200% text`, detail);
}

async function validate(html, path, found) {
  const report = await validator.validateString(html, path);
  for (const r of report.results) for (const m of r.messages) found(`html-validate ${m.ruleId}`, `line ${m.line}: ${m.message}`);
}
