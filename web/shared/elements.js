// Elements of the page. Text from the document goes in as text, never as markup.
'use strict';

function element(tag, content, attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'class') made.className = value;
    else if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...[content].flat().filter((part) => part != null));
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

// Fills a select with {value, text} and keeps what was chosen where that is still there.
function fillSelect(select, options, chosen) {
  select.replaceChildren(...options.map(({value, text}) => element('option', text, {value})));
  select.value = options.some(({value}) => value === chosen) ? chosen : options[0]?.value;
  return select.value;
}

// A page that is a file may have no clipboard; then the text is selected and copied as by hand.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element('textarea', null, {class: 'off-screen', 'aria-hidden': 'true'});
    area.value = text;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    return isCopied;
  }
}
