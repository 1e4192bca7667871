'use strict';
/* Pages, sorts and filters the tables. Cells are indexes into one list of texts that is already in reading order, so a
   sort compares numbers and a search looks at each text once. Device text is set as text, never as markup. */
(function () {
  const data = JSON.parse(document.getElementById('data').textContent);
  const texts = data.texts, notes = data.notes, replies = data.replies;
  const PRINT_ROWS = 20000;
  let lower = null;

  function element(name, properties, children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties || {})) {
      if (key === 'text') made.textContent = value; else made.setAttribute(key, value);
    }
    for (const child of children || []) made.append(child);
    return made;
  }

  function holding(word) {
    lower = lower || texts.map((text) => text.toLowerCase());
    return Uint8Array.from(lower, (text) => (text.includes(word) ? 1 : 0));
  }

  function replyLine(id) {
    const [where, request, status, when, hash, excerpt] = replies[id];
    const line = element('span', {class: 'reply'}, [
      element('span', {}, [element('code', {text: texts[request]}), ' to ' + texts[where]]),
      element('span', {text: 'Answer ' + texts[status] + ' at ' + texts[when]}),
    ]);
    if (texts[excerpt]) line.append(element('span', {}, [element('code', {text: texts[excerpt]})]));
    line.append(element('span', {class: 'soft'}, ['SHA-256 ', element('code', {text: hash})]));
    return line;
  }

  function Grid(box, spec) {
    const body = box.querySelector('tbody'), heads = [...box.querySelectorAll('thead th')];
    const caption = box.querySelector('caption').textContent, width = spec.columns.length;
    const chosen = new Map();
    let shown = spec.rows, query = '', sorted = null, page = 0;

    function cell(row, index) {
      const text = texts[row[index]], kind = spec.columns[index].kind;
      const made = element(index === spec.head ? 'th' : 'td', index === spec.head ? {scope: 'row'} : {});
      if (kind === 'number') made.className = 'number';
      if (kind === 'tag') made.append(element('span', {class: 'tag', 'data-word': text, text: text}));
      else made.textContent = text;
      return made;
    }

    function lines(row) {
      const items = row.slice(width).map((id) => {
        const [text, link, ...cited] = notes[id];
        const said = link ? element('a', {href: '#' + link, text: texts[text]}) : texts[text];
        return element('li', {}, [said, ...cited.map(replyLine)]);
      });
      const name = element('span', {class: 'vh', text: ' for ' + texts[row[spec.head]]});
      const summary = element('summary', {text: spec.label}, [name]);
      return element('tr', {class: 'notes'}, [
        element('td', {colspan: width}, [element('details', {}, [summary, element('ul', {}, items)])]),
      ]);
    }

    function draw(rows) {
      const made = document.createDocumentFragment();
      for (const row of rows) {
        const line = element('tr', {}, spec.columns.map((_, index) => cell(row, index)));
        made.append(line);
        if (row.length > width) { line.className = 'has-notes'; made.append(lines(row)); }
      }
      body.replaceChildren(made);
    }

    function show() {
      const pages = Math.max(1, Math.ceil(shown.length / data.page));
      page = Math.min(page, pages - 1);
      const first = page * data.page, last = Math.min(first + data.page, shown.length);
      draw(shown.slice(first, last));
      back.hidden = next.hidden = spec.rows.length <= data.page;
      const of = shown.length === spec.rows.length ? '' : ' (of ' + spec.rows.length.toLocaleString('en-GB') + ')';
      status.textContent = shown.length
        ? 'Rows ' + (first + 1).toLocaleString('en-GB') + ' to ' + last.toLocaleString('en-GB') + ' of ' + shown.length.toLocaleString('en-GB') + of
        : 'No row matches' + of;
      back.disabled = page === 0;
      next.disabled = page >= pages - 1;
    }

    function select() {
      const marks = query.toLowerCase().split(/\s+/).filter(Boolean).map(holding);
      const picks = [...chosen];
      shown = spec.rows.filter((row) => picks.every(([index, value]) => row[index] === value) &&
        marks.every((mark) => { for (let i = 0; i < width; i++) if (mark[row[i]]) return true; return false; }));
      if (sorted) {
        const [index, sign] = sorted, rank = ranks(index);
        shown.sort((a, b) => sign * (rank(a[index]) - rank(b[index])));
      }
      page = 0;
      show();
    }

    function ranks(index) {
      const order = spec.columns[index].order;
      if (!order.length) return (value) => value;
      return (value) => { const at = order.indexOf(texts[value]); return at < 0 ? order.length + value : at; };
    }

    function sortBy(index) {
      const sign = sorted && sorted[0] === index ? -sorted[1] : (spec.columns[index].kind === 'number' ? -1 : 1);
      sorted = [index, sign];
      heads.forEach((head, at) => head.setAttribute('aria-sort', at !== index ? 'none' : sign > 0 ? 'ascending' : 'descending'));
      select();
    }

    function choice(index) {
      const rank = ranks(index);
      const values = [...new Set(spec.rows.map((row) => row[index]))].sort((a, b) => rank(a) - rank(b));
      if (values.length < 2 || values.length > 500) return null;
      const id = spec.id + '-' + index;
      const list = element('select', {id: id}, [element('option', {value: '', text: 'All'}),
        ...values.map((value) => element('option', {value: value, text: texts[value]}))]);
      list.addEventListener('change', () => {
        if (list.value === '') chosen.delete(index); else chosen.set(index, Number(list.value));
        select();
      });
      return element('div', {}, [element('label', {for: id, text: spec.columns[index].label}), list]);
    }

    const status = element('p', {role: 'status'});
    const back = element('button', {type: 'button', 'aria-label': 'Previous page of ' + caption, text: 'Previous'});
    const next = element('button', {type: 'button', 'aria-label': 'Next page of ' + caption, text: 'Next'});
    back.addEventListener('click', () => { page -= 1; show(); });
    next.addEventListener('click', () => { page += 1; show(); });
    const search = element('input', {type: 'search', id: spec.id + '-search', autocomplete: 'off'});
    search.addEventListener('input', () => { query = search.value; select(); });
    const choices = spec.columns.map((column, index) => (column.choose ? choice(index) : null)).filter(Boolean);
    const controls = element('div', {class: 'controls', role: 'group', 'aria-label': 'Narrow down: ' + caption}, [
      element('div', {}, [element('label', {for: search.id, text: 'Search'}), search])]);
    if (choices.length) {
      controls.append(element('details', {}, [element('summary', {text: 'Filters'}), element('div', {class: 'choices'}, choices)]));
    }
    heads.forEach((head, index) => {
      const button = element('button', {type: 'button', text: head.textContent});
      button.addEventListener('click', () => sortBy(index));
      head.replaceChildren(button);
      head.setAttribute('aria-sort', 'none');
    });
    box.before(controls);
    box.after(element('nav', {class: 'pager', 'aria-label': 'Pages of ' + caption}, [back, next, status]));
    show();
    window.addEventListener('beforeprint', () => draw(shown.slice(0, PRINT_ROWS)));
    window.addEventListener('afterprint', show);
  }

  for (const spec of data.tables) Grid(document.getElementById('table-' + spec.id), spec);
  for (const left of document.querySelectorAll('.only-without-script')) left.hidden = true;
  let closed = [];
  window.addEventListener('beforeprint', () => {
    const all = [...document.querySelectorAll('main details:not([open])')];
    closed = all.length > 2000 ? [] : all;
    for (const one of closed) one.open = true;
  });
  window.addEventListener('afterprint', () => { for (const one of closed) one.open = false; closed = []; });
})();
