// Opens pages in one Chromium with the network refused and says what is wrong with them.
// Reads the path of a page from each line of its input and answers with one line: a JSON list of {view, what, detail},
// empty where nothing was found. Beside page.html it prints page.pdf, in which blank sheets can be looked for.
// A path after "quick " is seen in two views: 390 px and print.
// A page is loaded once and seen in every view by changing the window. With CHECK_TIMES=1 it says what each view took.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { HtmlValidate } from 'html-validate';
import { look, pictures, reworded, textPixels } from './in_page.mjs';

const need = createRequire(import.meta.url);
const script = (name) => readFileSync(need.resolve(name), 'utf8');
const axeScript = script('axe-core/axe.min.js'), aceScript = script('accessibility-checker-engine/ace.js');
const snifferScript = script('html_codesniffer/build/HTMLCS.js');
const validator = new HtmlValidate({ root: true, ...JSON.parse(readFileSync(new URL('./htmlvalidate.json', import.meta.url), 'utf8')) });

// the smallest letters of a picture, in pixels: 320 px is a desktop window at 400%, where 8.5 px are 34 on the screen
const views = [
  { name: '1280 px', width: 1280, height: 900, letters: 11, first: true },
  { name: '1280 px dark', width: 1280, height: 900, colorScheme: 'dark', pixels: true },
  { name: '390 px', width: 390, height: 844, letters: 10.9, pixels: true, quick: true },
  { name: '320 px', width: 320, height: 640, letters: 8.5 },
  { name: '1280 px, all opened', width: 1280, height: 900, open: true, engines: true },
  { name: 'print', width: 673, height: 1000, media: 'print', letters: 8.5, quick: true }, // A4 less its margins
];
const faultless = []; // pages without a finding, by which one that says the same in other words is known
const drawn = new Set(); // pictures looked at already: what is asked of one depends on nothing but its own text

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
});
for await (const line of createInterface({ input: process.stdin })) {
  const quick = line.startsWith('quick '), path = line.replace(/^quick /, '');
  const findings = [], html = readFileSync(path, 'utf8');
  const at = (view) => (what, detail) => findings.push({ view, what, detail: String(detail).slice(0, 600) });
  try {
    await checkPage(path, html, quick ? views.filter((v) => v.quick) : views, at);
    await validate(html, path, at('markup'));
  } catch (error) { at('all')('checks broke off', error.stack); }
  if (!findings.length && !quick) faultless.push(html);
  console.log(JSON.stringify(findings));
}
await browser.close();

async function checkPage(path, html, some, at) {
  const others = faultless.map((page) => reworded(page, html)).find((p) => p), times = {};
  // bypassCSP lets the checkers in; what the page itself would load is counted through the route
  const context = await browser.newContext({ bypassCSP: true, viewport: some[0] });
  try {
    const asked = new Set();
    await context.route('**/*', (route) => {
      const url = route.request().url();
      if (url.startsWith('file:') || url.startsWith('data:')) return route.continue();
      asked.add(url);
      return route.abort();
    });
    const tab = await context.newPage();
    await tab.goto(pathToFileURL(resolve(path)).href);
    await tab.evaluate(axeScript);
    for (const view of some) {
      const start = Date.now();
      await checkView(tab, view, others, at(view.name));
      for (const url of asked) at(view.name)('request', url);
      times[view.name] = Date.now() - start;
    }
    await tab.pdf({ path: path.replace(/\.html$/, '.pdf'), preferCSSPageSize: true });
  } finally { await context.close(); }
  if (process.env.CHECK_TIMES) console.error(path, others ? `reworded in ${others.length} paragraphs` : '', JSON.stringify(times));
}

/** `others`: numbers of the paragraphs whose words alone tell the page from one without a finding; else undefined. */
async function checkView(tab, view, others, found) {
  await tab.setViewportSize(view);
  await tab.emulateMedia({ media: view.media ?? 'screen', colorScheme: view.colorScheme ?? 'light' });
  const opened = view.open ? await tab.evaluateHandle(() => [...document.querySelectorAll('details:not([open])')]) : null;
  await opened?.evaluate((folds) => folds.forEach((d) => { d.open = true; }));
  await tab.evaluate(() => new Promise((done) => { scrollTo(0, 0); requestAnimationFrame(() => requestAnimationFrame(done)); }));
  if (view.first) await skipLink(tab, found);
  for (const [what, detail] of await tab.evaluate(look, { ...view, bare: true })) found(what, detail);
  await axe(tab, found, view.colorScheme ? ['color-contrast', 'link-in-text-block'] : null, others);
  if (view.pixels && !others) await pixels(tab, view, found);
  if (view.first) await newPictures(tab, found);
  if (view.engines && !others) await sniff(tab, found), await equalAccess(tab, found);
  if (!view.media && !view.engines) await enlarged(tab, view, found);
  await opened?.evaluate((folds) => folds.forEach((d) => { d.open = false; }));
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

async function axe(tab, found, rules, paragraphs) {
  const said = await tab.evaluate(([some, numbers]) => {
    const all = document.querySelectorAll('p');
    return window.axe.run(numbers ? { include: numbers.map((n) => all[n]) } : document, {
      runOnly: some ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations', 'incomplete'],
    });
  }, [rules, paragraphs?.length ? paragraphs : null]);
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

async function newPictures(tab, found) {
  const sources = await tab.$$eval('img', (all) => all.map((i) => i.src)), findings = await tab.evaluate(pictures, sources.map((s) => drawn.has(s)));
  for (const [what, detail] of findings) found(what, detail);
  if (!findings.length) for (const source of sources) drawn.add(source);
}

// In pieces, in a tall window: Chromium's pictures of a long page repeat themselves past 16,384 pixels, and one of a
// whole page makes it lay the page out anew each time. Pieces overlap, so that each line is whole in one. Pictures are
// left out, which halves what there is to photograph: `look` makes sure that no word of the page lies over one.
async function pixels(tab, view, found) {
  const { width } = view, height = Math.min(6000, await tab.evaluate(() => document.documentElement.scrollHeight));
  const bare = await tab.addStyleTag({ content: 'img { display: none !important; }' });
  await tab.setViewportSize({ width, height });
  const end = await tab.evaluate(() => document.documentElement.scrollHeight), camera = await tab.context().newCDPSession(tab);
  const shoot = async () => {
    const pieces = [];
    for (let top = 0; top === 0 || top + 100 < end; top += height - 100) {
      const from = await tab.evaluate((y) => { scrollTo({ top: y, behavior: 'instant' }); return scrollY; }, top);
      pieces.push([from, (await camera.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true })).data]);
    }
    await tab.evaluate(() => scrollTo(0, 0));
    return pieces;
  };
  const shown = await shoot();
  const hidden = await tab.addStyleTag({ content: '* { color: transparent !important; text-decoration-color: transparent !important; } ::marker { color: transparent !important; }' });
  const without = await shoot();
  await hidden.evaluate((style) => style.remove());
  for (const [what, detail] of await tab.evaluate(textPixels, shown.map(([from, picture], i) => [from, picture, without[i][1]]))) found(what, detail);
  await camera.detach();
  await bare.evaluate((style) => style.remove());
  await tab.setViewportSize(view);
}

async function enlarged(tab, view, found) {
  const spacing = await tab.addStyleTag({ content: `* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-bottom: 2em !important; }` });
  for (const [what, detail] of await tab.evaluate(look, {})) found(`${what} with wide text spacing`, detail);
  await spacing.evaluate((style) => style.remove());
  if (view.width < 1280) return;
  const large = await tab.addStyleTag({ content: 'html { font-size: 200% !important; }' });
  for (const [what, detail] of await tab.evaluate(look, {})) found(`${what} at 200% text`, detail);
  await large.evaluate((style) => style.remove());
}

async function validate(html, path, found) {
  const report = await validator.validateString(html, path);
  for (const r of report.results) for (const m of r.messages) found(`html-validate ${m.ruleId}`, `line ${m.line}: ${m.message}`);
}
