// The pictures, as options for the chart library: data in, {height, option} out. `theme` is of readTheme(),
// `rows` are [{name, label, look, isChosen}] in the order to show.
'use strict';

const NARROW = 560;  // pixels; below, panels stand in fewer columns

function colourOf(row, theme) {
  return row.isChosen ? theme.policies[row.look.colour] : theme.grey;
}

function baseOption(theme) {
  return {animation: false, textStyle: {fontFamily: theme.font, color: theme.ink}};
}

// A tooltip as elements, since names may hold anything: a bold title above pairs of words.
function tooltip(theme, describe) {
  return {
    confine: true,
    backgroundColor: theme.card,
    borderColor: theme.faint,
    textStyle: {color: theme.ink, fontSize: 13},
    formatter(about) {
      const {title, pairs} = describe(about);
      const box = document.createElement('div');
      box.className = 'tooltip';
      box.append(element('strong', title), ...pairs.map(([what, value]) => {
        const line = element('div');
        line.append(element('span', what), element('b', value));
        return line;
      }));
      return box;
    },
  };
}

function categoryAxis(gridIndex, rows, theme, labelWidth) {
  return {
    gridIndex, type: 'category', inverse: true, data: rows.map((row) => row.name),
    axisLine: {show: false}, axisTick: {show: false},
    splitLine: {show: false},
    axisLabel: {
      show: labelWidth > 0, interval: 0, width: labelWidth - 8, overflow: 'truncate', fontSize: 12, margin: 8,
      formatter: (_, index) => rows[index].label,
      color: (_, index) => (rows[index]?.isChosen ? theme.ink : theme.soft),
    },
  };
}

function valueAxis(gridIndex, theme, more = {}) {
  return {
    gridIndex, type: 'value', splitNumber: 4,
    axisLine: {show: false}, axisTick: {show: false},
    splitLine: {lineStyle: {color: theme.faint}},
    ...more,
    axisLabel: {color: theme.soft, fontSize: 11, hideOverlap: true, ...more.axisLabel},
  };
}

// Keeps the first and last label of an axis across from running into the next panel.
const ENDS_INSIDE = {alignMinLabel: 'left', alignMaxLabel: 'right'};

function labelWidthFor(rows, width, theme) {
  const longest = Math.max(0, ...rows.map((row) => textWidth(row.label, '12px ' + theme.font)));
  return Math.round(Math.min(longest + 18, Math.max(112, width * 0.25)));
}

// Where the panels of a picture stand: as many side by side as fit; those at the left carry the names.
function arrange(count, width, {least, rowsHeight, labelWidth}) {
  const columns = Math.max(1, Math.min(count, Math.floor((width - labelWidth) / least)));
  const gap = 26;
  const right = 14;
  const panelWidth = (width - labelWidth - right - gap * (columns - 1)) / columns;
  const panelHeight = rowsHeight + 30 + 34;
  return {
    height: Math.ceil(count / columns) * panelHeight,
    panels: Array.from({length: count}, (_, index) => ({
      isFirst: index % columns === 0,
      left: labelWidth + (index % columns) * (panelWidth + gap),
      top: Math.floor(index / columns) * panelHeight + 30,
      width: panelWidth,
      height: rowsHeight,
    })),
  };
}

// A mark with its interval for every row, in panels side by side. A panel is {title, values, line, axis,
// describe}: `values` are {at, low, high} or null by row, `line` a value to draw a line at.
function intervalChart(rows, panels, {theme, width, least = 240}) {
  const rowHeight = width < NARROW ? 19 : 21;
  const labelWidth = labelWidthFor(rows, width, theme);
  const place = arrange(panels.length, width, {least, labelWidth, rowsHeight: rows.length * rowHeight});
  const option = {...baseOption(theme), title: [], grid: [], xAxis: [], yAxis: [], series: []};
  panels.forEach((panel, index) => {
    const {left, top, width: panelWidth, height, isFirst} = place.panels[index];
    option.title.push({
      text: panel.title, left, top: top - 27, padding: 0,
      textStyle: {fontSize: 12, fontWeight: 600, color: theme.ink, width: panelWidth, overflow: 'truncate'},
    });
    option.grid.push({left, top, width: panelWidth, height});
    option.xAxis.push(valueAxis(index, theme, {
      scale: true, splitNumber: panelWidth < 130 ? 2 : 4, ...panel.axis, axisLabel: {...ENDS_INSIDE, ...panel.axis?.axisLabel},
    }));
    option.yAxis.push(categoryAxis(index, rows, theme, isFirst ? labelWidth : 0));
    option.series.push(markSeries(index, rows, panel, theme));
  });
  option.tooltip = tooltip(theme, ({seriesIndex, dataIndex}) => ({
    title: rows[dataIndex].label, pairs: panels[seriesIndex].describe(dataIndex),
  }));
  return {height: place.height, option};
}

// Lines between coordinates. The library would round them to two decimals.
function bareLines(data) {
  return {silent: true, symbol: 'none', label: {show: false}, precision: 12, z: 2, data};
}

function markSeries(index, rows, panel, theme) {
  const intervals = panel.values.flatMap((value, row) => (value?.low == null || value.high == null ? [] : [[
    {coord: [value.low, row], lineStyle: {color: colourOf(rows[row], theme), width: 2, type: 'solid'}},
    {coord: [value.high, row]},
  ]]));
  const guide = panel.line == null ? [] : [{xAxis: panel.line, lineStyle: {color: theme.soft, width: 1, type: [3, 3]}}];
  return {
    type: 'scatter', xAxisIndex: index, yAxisIndex: index, symbolSize: 9,
    // The axis is as long as all three need; the mark stands at the first.
    dimensions: ['at', 'row', 'low', 'high'],
    encode: {x: ['at', 'low', 'high'], y: 'row'},
    data: panel.values.map((value, row) => ({
      value: [value?.at ?? '-', row, value?.low ?? '-', value?.high ?? '-'],
      symbol: rows[row].look.shape,
      itemStyle: {color: colourOf(rows[row], theme), opacity: 1, borderColor: theme.card, borderWidth: 1},
    })),
    markLine: bareLines([...guide, ...intervals]),
  };
}

// Bars made of parts. A part is {name, colour, values, describe}; `axis` goes to the axis of values.
function stackedChart(rows, parts, {theme, width, axis, writePart, describe}) {
  const rowHeight = width < NARROW ? 20 : 22;
  const labelWidth = labelWidthFor(rows, width, theme);
  const height = rows.length * rowHeight;
  const barWidth = width - labelWidth - 30;
  const total = axis.max ?? Math.max(1e-9, ...rows.map((_, row) => parts.reduce((sum, part) => sum + (part.values[row] ?? 0), 0)));
  const option = {
    ...baseOption(theme),
    grid: {left: labelWidth, top: 4, width: barWidth, height},
    xAxis: valueAxis(0, theme, {...axis, axisLabel: {...ENDS_INSIDE, ...axis.axisLabel}}),
    yAxis: categoryAxis(0, rows, theme, labelWidth),
    series: parts.map((part) => ({
      type: 'bar', name: part.name, stack: 'all', barWidth: '68%',
      itemStyle: {color: theme.parts[part.colour], borderColor: theme.card, borderWidth: 1},
      label: {
        show: true, fontSize: 10, color: theme.onParts[part.colour],
        // Only where there is room for it.
        formatter: ({value}) => (value / total * barWidth > 34 ? writePart(value) : ''),
      },
      data: part.values.map((value) => value ?? '-'),
    })),
    tooltip: {
      ...tooltip(theme, ([first]) => ({title: rows[first.dataIndex].label, pairs: describe(first.dataIndex)})),
      trigger: 'axis', axisPointer: {type: 'shadow'},
    },
  };
  return {height: height + 34, option};
}

// Two figures of every policy against each other, with the front. `points` are {row, x, y}, x and y being
// {at, low, high}; an axis is {title, direction, describe}. `finish` is for when the chart is drawn: it names the points.
function tradeoffChart(points, xAxis, yAxis, {theme, width}) {
  const height = Math.round(Math.max(300, Math.min(420, width * 0.75)));
  const places = points.map(({row, x, y}) => ({row, x: x.at, y: y.at}));
  const front = xAxis.direction && yAxis.direction ? paretoFront(places, xAxis.direction, yAxis.direction) : [];
  const onFront = new Set(front.map(({row}) => row));
  const axis = (about) => ({scale: true, name: about.title, nameLocation: 'middle', nameTextStyle: {color: theme.ink, fontSize: 12}});
  const marks = points.map(({row, x, y}) => ({
    value: [x.at, y.at], symbol: row.look.shape, z: row.isChosen ? 4 : 3,
    itemStyle: {color: colourOf(row, theme), opacity: 1, borderColor: theme.card, borderWidth: 1},
  }));
  const option = {
    ...baseOption(theme),
    grid: {left: 62, right: 20, top: 14, bottom: 48},
    xAxis: valueAxis(0, theme, {...axis(xAxis), nameGap: 28}),
    yAxis: valueAxis(0, theme, {...axis(yAxis), nameGap: 46}),
    series: [{
      type: 'line', silent: true, symbol: 'none', z: 1,
      lineStyle: {color: theme.soft, width: 1.2, type: 'solid'},
      data: front.length ? staircase(front, places, xAxis.direction, yAxis.direction) : [],
    }, {
      type: 'scatter', z: 3, symbolSize: POINT_SIZE, data: marks,
      markLine: bareLines(points.filter(({row}) => row.isChosen).flatMap((point) => crossOf(point, theme))),
    }],
    tooltip: tooltip(theme, ({dataIndex}) => {
      const {row, x, y} = points[dataIndex];
      return {title: row.label, pairs: [[xAxis.title, xAxis.describe(x)], [yAxis.title, yAxis.describe(y)], ...(onFront.has(row) ? [['on the front', '']] : [])]};
    }),
  };
  const finish = (chart) => {
    const named = points.map(({row}) => row.isChosen || onFront.has(row));
    chart.setOption({series: [{}, {data: withNames(marks, points, named, chart, theme)}]});
  };
  return {height, option, finish};
}

// The intervals of a point in both directions.
function crossOf({row, x, y}, theme) {
  const bars = [[[x.low, y.at], [x.high, y.at]], [[x.at, y.low], [x.at, y.high]]];
  return bars.filter(([from, to]) => [...from, ...to].every((end) => end != null)).map(([from, to]) => [
    {coord: from, lineStyle: {color: colourOf(row, theme), width: 1.5, type: 'solid', opacity: 0.75}}, {coord: to},
  ]);
}

// The marks with the names of those that are to be `named` and find room, in colour first.
function withNames(marks, points, named, chart, theme) {
  const pixels = points.map(({row, x, y}, index) => {
    const [left, top] = chart.convertToPixel({gridIndex: 0}, [x.at, y.at]);
    return {index, x: left, y: top, width: named[index] ? textWidth(row.label, LABEL_FONT_SIZE + 'px ' + theme.font) : null};
  });
  const order = [...pixels].sort((a, b) => Number(points[b.index].row.isChosen) - Number(points[a.index].row.isChosen));
  const frame = {left: 62, top: 2, width: chart.getWidth() - 64, height: chart.getHeight() - 42};
  const positions = placeLabels(order, frame);
  const result = [...marks];
  order.forEach(({index, x, y}, place) => {
    const position = positions[place];
    if (!position) return;
    result[index] = {...marks[index], label: {
      show: true, fontSize: LABEL_FONT_SIZE, formatter: () => points[index].row.label, color: theme.ink,
      textBorderColor: theme.card, textBorderWidth: 3, align: 'left', verticalAlign: 'top',
      // From the corner of the mark.
      position: [position.left - x + POINT_SIZE / 2, position.top - y + POINT_SIZE / 2],
    }};
  });
  return result;
}

// Panels over one axis of time. A panel is {title, lines, write, isShare}; a line is {name, colour, line, shape, values}.
function seriesChart(times, panels, {theme, width}) {
  const panelHeight = width < NARROW ? 130 : 150;
  const step = panelHeight + 40;
  const scale = times.at(-1) >= 3 * 3600 ? [3600, 'h'] : times.at(-1) >= 600 ? [60, 'min'] : [1, 's'];
  const shown = times.map((time) => time / scale[0]);
  const option = {
    ...baseOption(theme),
    title: panels.map((panel, index) => ({
      text: panel.title, left: 44, top: index * step + 2, padding: 0,
      textStyle: {fontSize: 12, fontWeight: 600, color: theme.ink},
    })),
    grid: panels.map((_, index) => ({left: 44, right: 14, top: index * step + 24, height: panelHeight})),
    axisPointer: {link: [{xAxisIndex: 'all'}], lineStyle: {color: theme.soft}},
    xAxis: panels.map((_, index) => valueAxis(index, theme, {
      min: 0, max: shown.at(-1), splitNumber: width < NARROW ? 4 : 8, splitLine: {show: false},
      axisLine: {show: true, lineStyle: {color: theme.faint}},
      // One axis is enough: the panels stand under each other.
      ...(index === panels.length - 1
        ? {name: 'time (' + scale[1] + ')', nameLocation: 'middle', nameGap: 26, nameTextStyle: {color: theme.soft}, axisLabel: ENDS_INSIDE}
        : {axisLabel: {show: false}}),
    })),
    yAxis: panels.map((panel, index) => valueAxis(index, theme, {min: 0, splitNumber: 3, axisLabel: {formatter: (value) => panel.write(value)}})),
    series: panels.flatMap((panel, index) => panel.lines.map((line) => ({
      type: 'line', name: line.name, xAxisIndex: index, yAxisIndex: index, step: panel.isStepped ? 'start' : false,
      symbol: 'none', color: line.colour, lineStyle: {color: line.colour, width: 1.8, type: line.line},
      areaStyle: line.isFilled ? {color: line.colour, opacity: 0.25} : undefined,
      data: shown.map((time, beat) => [time, line.values[beat] ?? '-']),
    }))),
    tooltip: {
      ...tooltip(theme, (lines) => {
        const beat = lines[0]?.dataIndex ?? 0;
        return {
          title: 'at ' + shown[beat].toLocaleString('en-US', {maximumFractionDigits: 2}) + ' ' + scale[1],
          pairs: panels.flatMap((panel) => panel.lines.map((line) => [
            panel.lines.length > 1 ? panel.title + ', ' + line.name : panel.title, line.values[beat] == null ? '\u2013' : panel.write(line.values[beat])])),
        };
      }),
      trigger: 'axis',
    },
  };
  return {height: panels.length * step + 22, option};
}
