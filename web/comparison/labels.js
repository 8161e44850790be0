// Where the names of points stand, so that no name covers another or a point. The library does not do this.
'use strict';

const LABEL_FONT_SIZE = 11;
const LABEL_HEIGHT = 13;
const POINT_SIZE = 11;

function textWidth(text, font) {
  const context = document.createElement('canvas').getContext('2d');
  context.font = font;
  return context.measureText(text).width;
}

function boxesMeet(a, b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}

// `points` are {x, y, width} in pixels, the width being that of its name, or null where it needs none; earlier ones choose first.
// For each, the {left, top} of its name within `frame`, a box; null where there is no room.
function placeLabels(points, frame) {
  const half = POINT_SIZE / 2;
  const marks = points.map(({x, y}) => ({left: x - half, top: y - half, width: POINT_SIZE, height: POINT_SIZE}));
  const taken = [];
  return points.map(({x, y, width}, index) => {
    if (width == null) return null;
    const [right, left] = [x + half + 3, x - half - 3 - width];
    const [above, beside, below] = [y - half - LABEL_HEIGHT + 2, y - LABEL_HEIGHT / 2, y + half - 2];
    const corners = [[right, above], [right, below], [left, above], [left, below], [right, beside], [left, beside], [x - width / 2, y - half - LABEL_HEIGHT - 2], [x - width / 2, y + half + 2]];
    const boxes = corners.map(([atLeft, atTop]) => ({left: atLeft, top: atTop, width, height: LABEL_HEIGHT}));
    const free = boxes.find((box) => box.left >= frame.left && box.left + width <= frame.left + frame.width
      && box.top >= frame.top && box.top + LABEL_HEIGHT <= frame.top + frame.height
      && !taken.some((other) => boxesMeet(box, other))
      && !marks.some((mark, other) => other !== index && boxesMeet(box, mark)));
    if (!free) return null;
    taken.push(free);
    return {left: free.left, top: free.top};
  });
}
