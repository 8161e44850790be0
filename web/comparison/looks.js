// How a policy looks: the same colour, shape and line in every picture. Eight colours that people with any
// kind of colour vision can tell apart (after Okabe and Ito, 2008, without yellow, which
// white paper swallows) times four shapes; what is not chosen is grey and keeps its shape.
'use strict';

const SHAPES = ['circle', 'rect', 'triangle', 'diamond'];
const LINES = ['solid', [7, 4], [2, 3], [9, 3, 2, 3]];
const COLOURS = 8;

// Parts of bars: the terms of the score, then strategies.
const FIRST_STRATEGY = TERMS.length;
const STRATEGY_COLOURS = 6;

// Shapes inside a square of 12, for the legends; the charts have their own of these names.
const OUTLINES = {
  circle: '<circle cx="6" cy="6" r="4.6"/>',
  rect: '<rect x="1.8" y="1.8" width="8.4" height="8.4"/>',
  triangle: '<path d="M6 1 L11.2 10.6 L.8 10.6 Z"/>',
  diamond: '<path d="M6 .4 L11.6 6 L6 11.6 L.4 6 Z"/>',
};

// By the name of each policy {colour, shape, line}. The first eight of the order differ in colour.
function looksOf(names) {
  return new Map(names.map((name, index) => [name, {
    colour: index % COLOURS,
    shape: SHAPES[Math.floor(index / COLOURS) % SHAPES.length],
    line: LINES[Math.floor(index / COLOURS) % LINES.length],
  }]));
}

// The colours of the style sheet, as the present colour scheme has them.
function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue('--' + name).trim();
  const numbered = (name, count) => Array.from({length: count}, (_, index) => colour(name + index));
  return {
    ink: colour('ink'), soft: colour('soft'), faint: colour('faint'), grey: colour('grey'), card: colour('card'),
    policies: numbered('policy-', COLOURS), parts: numbered('part-', FIRST_STRATEGY + STRATEGY_COLOURS), onParts: numbered('on-part-', FIRST_STRATEGY + STRATEGY_COLOURS),
    font: style.fontFamily || 'sans-serif',
  };
}

// A small mark for legends. Only shapes of this file and a class go in.
function swatch(look, isChosen) {
  const mark = document.createElement('span');
  mark.className = 'swatch' + (isChosen ? ' colour-' + look.colour : '');
  mark.innerHTML = '<svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">' + OUTLINES[look.shape] + '</svg>';
  return mark;
}
