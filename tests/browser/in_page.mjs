// What the accessibility engines do not ask. Each function but the first runs inside a page, so it stands on its own.

/**
 * Where a page is another one word for word but for one sentence, such as for whom the edition is: the numbers of the
 * paragraphs whose words differ, in the order of the page; nothing where a tag, an attribute or any other text differs.
 * (It runs outside a page.)
 */
export function reworded(page, other) {
  const [a, b] = [page, other].map((html) => html.split(/(<[^>]*>)/));
  if (a.length !== b.length) return null;
  const numbers = [];
  let paragraph = -1;
  for (let i = 0; i < a.length; i++) {
    if (/^<p[\s>]/.test(b[i])) paragraph++;
    if (a[i] === b[i]) continue;
    if (i % 2 || b[i - 1] !== '<p>' || b[i + 1] !== '</p>' || numbers.length === 2) return null;
    numbers.push(paragraph);
  }
  return numbers;
}

/** Structure, size and place of what is on the page; with `bare` false only what could be cut off. */
export function look({ bare, letters, media }) {
  const out = [], all = (s) => [...document.querySelectorAll(s)], root = document.scrollingElement;
  const shown = (e) => e.checkVisibility();
  const forReaders = (head) => head && getComputedStyle(head).clipPath === 'inset(50%)'; // a card's headers stand before its cells, too
  if (root.scrollWidth > root.clientWidth) {
    const wide = all('main *').filter((e) => shown(e) && e.getBoundingClientRect().right > root.clientWidth + 1 && !e.parentElement.closest('.qa-scroll'));
    out.push(['page scrolls sideways', `${root.scrollWidth - root.clientWidth} px: ${wide.slice(0, 2).map((e) => e.outerHTML.slice(0, 90)).join(' | ')}`]);
  }
  for (const e of all('body *')) {
    if (shown(e) && e.clientWidth > 1 && /hidden|clip/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 2) out.push(['text cut off', e.outerHTML.slice(0, 120)]);
  }
  for (const c of all('caption').filter(shown)) {
    const scroll = c.closest('.qa-scroll')?.getBoundingClientRect();
    if (scroll && c.getBoundingClientRect().right > scroll.right + 1) out.push(['caption cut off', c.textContent]);
  }
  for (const section of all('.qa-scroll').filter(shown)) {
    if (media === 'print' && section.scrollWidth > section.clientWidth + 1) out.push(['column cut off on paper', section.textContent.slice(0, 80)]);
  }
  if (!bare) return out;
  for (const img of all('img')) {
    if (!img.alt.trim() || (shown(img) && img.naturalWidth === 0)) out.push(['picture without words or not drawn', img.alt]);
    if (/^\W*(no description|image|picture|figure|chart|graph|plot|alt|todo|untitled|placeholder|output)\b[\w\s.]{0,40}$|\.(png|svg|jpe?g)$/i.test(img.alt)) out.push(['placeholder for words of a picture', img.alt]);
    if (!img.closest('figure')?.querySelector('figcaption')?.textContent.trim()) out.push(['picture without caption', img.alt]);
  }
  const boxes = all('img').filter(shown).map((i) => i.getBoundingClientRect()), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); boxes.length && node; node = walker.nextNode()) {
    if (!node.data.trim() || !shown(node.parentElement) || node.parentElement.closest('.qa-hidden, .skip') || forReaders(node.parentElement.closest('thead'))) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const over = [...range.getClientRects()].some((r) => boxes.some((b) => r.right > b.left + 1 && r.left < b.right - 1 && r.bottom > b.top + 1 && r.top < b.bottom - 1));
    if (over) out.push(['words over a picture', node.data.trim().slice(0, 50)]);
  }
  for (const th of all('th:not([scope])')) out.push(['header cell without scope', th.textContent]);
  for (const cell of all('th, td')) if (!cell.textContent.trim()) out.push(['blank cell', cell.outerHTML]);
  for (const t of all('table')) if (!t.caption?.textContent.trim()) out.push(['table without caption', t.textContent.slice(0, 60)]);
  for (const a of all('a[href^="#"]')) if (!document.getElementById(decodeURIComponent(a.hash.slice(1)))) out.push(['link to nowhere', a.hash]);
  const ids = all('[id]').map((e) => e.id);
  for (const id of ids.filter((v, i) => ids.indexOf(v) !== i)) out.push(['id used twice', id]);
  for (const s of all('script')) if (!s.textContent.includes('axe')) out.push(['script', s.textContent.slice(0, 60)]);
  if (document.documentElement.lang !== 'en-GB') out.push(['language', document.documentElement.lang]);
  if (all('h1').length !== 1) out.push(['titles', String(all('h1').length)]);
  const levels = all('h1, h2, h3, h4, h5, h6').filter(shown).map((h) => Number(h.tagName[1]));
  levels.forEach((level, i) => { if (i && level > levels[i - 1] + 1) out.push(['heading jumps', `${levels[i - 1]} to ${level}`]); });
  const text = document.body.innerText;
  if (text.trim().length < 500) out.push(['nearly blank page', text]);
  for (const found of text.match(/\[\^\w+\]|\$\$|\\(?:frac|bar|overline|hat|sum)\b|\*\*\S|<NA>|\bNaT\b|\bnan\b/g) ?? []) out.push(['raw markup', found]);
  for (const found of text.match(/\/(?:tmp|home|root|Users|work)\/\S+|[A-Z]:\\\S+/g) ?? []) out.push(['path of a machine', found]);
  for (const sheet of document.styleSheets) for (const rule of sheet.cssRules) {
    if (/#T_/.test(rule.selectorText || '') && !document.querySelector(rule.selectorText)) out.push(['style of nothing', rule.selectorText]);
  }
  if (letters) for (const img of all('img').filter((i) => shown(i) && i.currentSrc.startsWith('data:image/svg+xml,'))) {
    const svg = new DOMParser().parseFromString(decodeURIComponent(img.currentSrc.split(/,(.*)/s)[1]), 'image/svg+xml').documentElement;
    const scale = img.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const sizes = [...svg.outerHTML.matchAll(/font(?:-size)?:(?:[^;}]*\s)?([\d.]+)px/g)].map((m) => Number(m[1]) * scale);
    if (sizes.length && Math.min(...sizes) < letters) out.push(['letters of a picture too small', `${Math.min(...sizes).toFixed(1)} px: ${img.alt}`]);
  }
  return out;
}

/** Letters of the page in rendered pixels: ink against what lies beneath it, at least 4.5:1 (3:1 for large letters). */
export async function textPixels(pieces) {
  const load = async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext('2d', { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height);
  };
  const linear = Float64Array.from({ length: 256 }, (_, v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  const light = (d, p) => 0.2126 * linear[d[p]] + 0.7152 * linear[d[p + 1]] + 0.0722 * linear[d[p + 2]];
  const forReaders = (head) => head && getComputedStyle(head).clipPath === 'inset(50%)'; // a card's headers stand before its cells, too
  const texts = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || !node.parentElement.checkVisibility() || node.parentElement.closest('.qa-hidden, .skip, svg') || forReaders(node.parentElement.closest('thead'))) continue;
    const range = document.createRange(), style = getComputedStyle(node.parentElement);
    range.selectNodeContents(node);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 600);
    const clip = node.parentElement.closest('.qa-scroll')?.getBoundingClientRect();
    const lines = [...range.getClientRects()].map((box) => ({
      left: Math.max(0, Math.floor(box.left), clip ? Math.ceil(clip.left) : 0), right: Math.min(innerWidth, Math.ceil(box.right), clip ? Math.floor(clip.right) : innerWidth),
      top: Math.max(0, Math.floor(box.top + scrollY)), bottom: box.bottom + scrollY,
    }));
    texts.push({ words: node.data.trim(), enough: large ? 3 : 4.5, lines, best: 0, seen: false });
  }
  for (const [from, shown, without] of pieces) {
    const [a, b] = [await load(shown), await load(without)], [whole, bare] = [new Uint32Array(a.data.buffer), new Uint32Array(b.data.buffer)];
    for (const text of texts) for (const line of text.lines) {
      if (text.best >= text.enough || line.top < from || line.bottom > from + a.height) continue; // enough is known, or in another piece
      for (let y = line.top - from; y < line.bottom - from; y++) for (let x = line.left; x < line.right; x++) {
        const p = y * a.width + x;
        if (whole[p] === bare[p]) continue;
        text.seen = true;
        const [i, j] = [light(a.data, 4 * p), light(b.data, 4 * p)];
        text.best = Math.max(text.best, (Math.max(i, j) + 0.05) / (Math.min(i, j) + 0.05));
      }
    }
  }
  const visible = (t) => t.seen || t.lines.some((l) => l.right - l.left > 4 && l.bottom - l.top > 4); // not scrolled out of sight
  return texts.filter((t) => visible(t) && t.best < t.enough).map((t) => (
    t.seen ? ['pale letters', `${t.best.toFixed(2)}:1 '${t.words.slice(0, 50)}'`] : ['letters not to be seen', t.words.slice(0, 50)]));
}

/** Each picture drawn, but those known: letters 4.5:1 on every pixel beneath them, marks 3:1, no text over another or past the edge. */
export async function pictures(known) {
  const out = [], scale = 2;
  const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = (d, p) => 0.2126 * linear(d[p]) + 0.7152 * linear(d[p + 1]) + 0.0722 * linear(d[p + 2]);
  const ratio = (i, j) => (Math.max(i, j) + 0.05) / (Math.min(i, j) + 0.05);
  for (const [number, img] of [...document.querySelectorAll('img')].entries()) {
    if (known[number] || !img.checkVisibility() || !img.currentSrc.startsWith('data:image/svg+xml,')) continue;
    const text = decodeURIComponent(img.currentSrc.split(/,(.*)/s)[1]);
    const found = (what, detail) => out.push([what, `${detail}; picture: ${img.alt.slice(0, 60)}`]);
    const host = document.createElement('div');
    host.style.cssText = 'position:absolute;left:0;top:0;visibility:hidden;text-align:left';
    host.attachShadow({ mode: 'open' }).innerHTML = text; // a shadow, so that its styles stay its own
    document.body.append(host);
    const svg = host.shadowRoot.querySelector('svg'), size = svg.viewBox.baseVal;
    svg.setAttribute('width', size.width);
    svg.setAttribute('height', size.height);
    const origin = svg.getBoundingClientRect();
    const draw = async (rule) => {
      const image = new Image();
      image.src = `data:image/svg+xml,${encodeURIComponent(text.replace('</style>', `${rule}</style>`))}`;
      await image.decode();
      const canvas = new OffscreenCanvas(size.width * scale, size.height * scale), pen = canvas.getContext('2d', { willReadFrequently: true });
      pen.fillStyle = '#fff';
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      return pen.getImageData(0, 0, canvas.width, canvas.height);
    };
    const full = await draw(''), bare = await draw('text{display:none}');
    const changed = (a, b, p) => Math.abs(a.data[p] - b.data[p]) + Math.abs(a.data[p + 1] - b.data[p + 1]) + Math.abs(a.data[p + 2] - b.data[p + 2]) > 24;
    const boxes = [];
    for (const t of svg.querySelectorAll('text')) {
      const box = t.getBoundingClientRect(), words = t.textContent.trim();
      if (!words) continue;
      const b = { words, left: box.left - origin.left, right: box.right - origin.left, top: box.top - origin.top, bottom: box.bottom - origin.top };
      b.turned = /(rotate|matrix)\((?!-?0[ ,)])/.test(t.getAttribute('transform') ?? '');
      if (b.left < -2 || b.top < -3 || b.right > size.width + 2 || b.bottom > size.height + 3) found('words past the edge of a picture', words);
      boxes.push(b);
      const [r, g, bl] = getComputedStyle(t).fill.match(/\d+/g).map(Number), ink = light([r, g, bl], 0);
      const seen = [];
      for (let y = Math.max(0, Math.floor(b.top * scale)); y < Math.min(full.height, b.bottom * scale); y++) for (let x = Math.max(0, Math.floor(b.left * scale)); x < Math.min(full.width, b.right * scale); x++) {
        const p = 4 * (y * full.width + x);
        if (changed(full, bare, p)) seen.push(ratio(ink, light(bare.data, p)));
      }
      seen.sort((i, j) => i - j);
      // a thin line may pass behind a letter: nine tenths of the pixels beneath the ink count
      if (seen.length && seen[Math.floor(seen.length * 0.1)] < 4.5) found('pale letters in a picture', `${seen[Math.floor(seen.length * 0.1)].toFixed(2)}:1 '${words}'`);
    }
    const flat = boxes.filter((b) => !b.turned);
    flat.forEach((a, i) => flat.slice(i + 1).forEach((b) => {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left), down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 3.5) found('words over words in a picture', `'${a.words}' and '${b.words}'`);
    }));
    for (const [, name, style] of text.matchAll(/\.(s\d+)\{([^}]*)\}/g)) {
      // letters, the ground, gridlines, frames, and bands behind a line carry nothing that is not said by something else
      if (/font/.test(style) || /(stroke|fill):#(e0e0e0|cccccc)/.test(style) || /opacity:\s*0?\.[0-4]/.test(style)) continue;
      const marks = [...svg.querySelectorAll(`.${name}`)].filter((e) => !e.closest('defs, clipPath'));
      const saysItself = (e) => {
        const m = e.getBoundingClientRect();
        return boxes.some((b) => b.left + origin.left >= m.left - 2 && b.right + origin.left <= m.right + 2 && b.top + origin.top >= m.top - 2 && b.bottom + origin.top <= m.bottom + 2);
      };
      if (!marks.length || marks.every(saysItself)) continue; // a cell whose figure stands in it
      const gone = await draw(`.${name}{visibility:hidden}text{display:none}`), seen = [];
      let white = 0;
      for (let p = 0; p < gone.data.length; p += 4) if (changed(bare, gone, p)) {
        seen.push(ratio(light(bare.data, p), light(gone.data, p)));
        if (bare.data[p] > 250 && bare.data[p + 1] > 250 && bare.data[p + 2] > 250) white++;
      }
      seen.sort((i, j) => i - j);
      // a mark is told by its edge, so the strongest twentieth of its pixels counts; white parts what lies beneath
      if (seen.length > 40 && white < seen.length / 2 && seen[Math.floor(seen.length * 0.95)] < 3) found('pale marks in a picture', `${seen[Math.floor(seen.length * 0.95)].toFixed(2)}:1 ${style}`);
    }
    host.remove();
  }
  return out;
}
