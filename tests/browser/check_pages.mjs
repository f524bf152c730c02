// Opens pages in Chromium with the network refused and writes what is wrong with them as JSON.
//   node check_pages.mjs findings.json page.html ...
// A finding is {page, view, what, detail}; an empty list means that nothing was found.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { HtmlValidate } from 'html-validate';

const need = createRequire(import.meta.url);
const axeScript = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');
const snifferScript = readFileSync(resolve(import.meta.dirname ?? '.', 'node_modules/html_codesniffer/build/HTMLCS.js'), 'utf8');
const rules = JSON.parse(readFileSync(new URL('./htmlvalidate.json', import.meta.url), 'utf8'));

const views = [
  { name: '1280 px', width: 1280, height: 900 },
  { name: '390 px', width: 390, height: 844 },
  { name: '320 px', width: 320, height: 640 },
  { name: '1280 px dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: '1280 px, all opened', width: 1280, height: 900, open: true },
  { name: 'print', width: 794, height: 1123, media: 'print' },
];

const [, , resultPath, ...pages] = process.argv;
const findings = [];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
});
for (const path of pages) {
  const page = basename(path);
  // on a page of thousands of cells these views take minutes and show nothing new
  const huge = (readFileSync(path, 'utf8').match(/<td/g) ?? []).length > 3000;
  for (const view of views.filter((v) => !(huge && (v.open || v.colorScheme)))) await checkView(path, view, (what, detail) => findings.push({ page, view: view.name, what, detail }));
  await sniff(path, (what, detail) => findings.push({ page, view: 'second engine', what, detail }));
  await validate(path, (what, detail) => findings.push({ page, view: 'markup', what, detail }));
}
await browser.close();
writeFileSync(resultPath, JSON.stringify(findings, null, 1));
process.exit(findings.length ? 1 : 0);

// bypassCSP lets the checkers in; what the page itself would load is counted through the route
async function opened(path, view) {
  const context = await browser.newContext({
    bypassCSP: true, viewport: { width: view.width, height: view.height }, colorScheme: view.colorScheme ?? 'light',
  });
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
  return { context, tab, asked };
}

async function checkView(path, view, found) {
  const { context, tab, asked } = await opened(path, view);
  if (!view.media) {
    await tab.keyboard.press('Tab');
    const skip = await tab.evaluate(() => {
      const box = document.activeElement.getBoundingClientRect();
      return document.activeElement.matches('a.skip') && box.left >= 0 && box.top >= 0;
    });
    if (!skip) found('skip link', 'the first Tab does not show it');
    await tab.evaluate(() => document.activeElement.blur());
  }
  await tab.evaluate(axeScript);
  const axe = await tab.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations', 'incomplete'],
  }));
  for (const v of axe.violations) found(`axe ${v.id}`, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(' | '));
  for (const v of axe.incomplete) found(`axe needs review: ${v.id}`, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(' | '));
  for (const [what, detail] of await tab.evaluate(lacking)) found(what, detail);
  const spacing = await tab.addStyleTag({ content: `* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-bottom: 2em !important; }` });
  for (const [what, detail] of await tab.evaluate(tooWide)) found(`${what} with wide text spacing`, detail);
  await spacing.evaluate((style) => style.remove());
  if (view.width === 1280) {
    await tab.addStyleTag({ content: 'html { font-size: 200% !important; }' });
    for (const [what, detail] of await tab.evaluate(tooWide)) found(`${what} at 200% text`, detail);
  }
  for (const url of asked) found('request', url);
  await context.close();

  // what axe does not ask; runs in the page, so it stands on its own
  function lacking() {
    const out = [], all = (s) => [...document.querySelectorAll(s)];
    for (const img of all('img')) if (!img.alt.trim() || img.naturalWidth === 0) out.push(['picture without words or not drawn', img.alt]);
    for (const th of all('th:not([scope])')) out.push(['header cell without scope', th.textContent]);
    for (const cell of all('th, td')) if (!cell.textContent.trim()) out.push(['blank cell', cell.outerHTML]);
    for (const t of all('table')) if (!t.caption?.textContent.trim()) out.push(['table without caption', t.textContent.slice(0, 60)]);
    for (const a of all('a[href^="#"]')) if (!document.getElementById(decodeURIComponent(a.hash.slice(1)))) out.push(['link to nowhere', a.hash]);
    for (const s of all('script')) if (!s.textContent.includes('axe')) out.push(['script', s.textContent.slice(0, 60)]);
    if (document.documentElement.lang !== 'en-GB') out.push(['language', document.documentElement.lang]);
    if (all('h1').length !== 1) out.push(['titles', String(all('h1').length)]);
    if (document.body.innerText.trim().length < 200) out.push(['nearly blank page', document.body.innerText]);
    const root = document.scrollingElement;
    if (root.scrollWidth > root.clientWidth) out.push(['page scrolls sideways', `${root.scrollWidth - root.clientWidth} px`]);
    return out;
  }
  function tooWide() {
    const out = [], root = document.scrollingElement;
    if (root.scrollWidth > root.clientWidth) out.push(['page scrolls sideways', `${root.scrollWidth - root.clientWidth} px`]);
    for (const e of document.querySelectorAll('body *')) {
      if (e.clientWidth > 1 && /hidden|clip/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 2) out.push(['text cut off', e.outerHTML.slice(0, 120)]);
    }
    return out;
  }
}

async function sniff(path, found) {
  const { context, tab } = await opened(path, views[0]);
  await tab.evaluate(snifferScript);
  const errors = await tab.evaluate(() => new Promise((done) => {
    window.HTMLCS.process('WCAG2AA', document, () => done(
      window.HTMLCS.getMessages().filter((m) => m.type === window.HTMLCS.ERROR).map((m) => [m.code, m.msg])));
  }));
  for (const [code, message] of errors) found(`HTML_CodeSniffer ${code}`, message);
  await context.close();
}

async function validate(path, found) {
  const report = await new HtmlValidate({ root: true, ...rules }).validateString(readFileSync(path, 'utf8'), path);
  for (const r of report.results) for (const m of r.messages) found(`html-validate ${m.ruleId}`, `line ${m.line}: ${m.message}`);
}
