import type { EChartsCoreOption } from "echarts/core";
import { exact } from "../i18n/times";
import { areaBelow, type Drawn, type Line } from "./drawn";
import { figure } from "./values";

/** The colours of the page that a chart is drawn with. */
export interface Look {
  dark: boolean;
  text: string;
  faint: string;
  line: string;
  ground: string;
  font: string;
  language: string;
  /** What lies on the axes of a confusion matrix. */
  words: { truth: string; answered: string };
}

// Told apart also by whoever sees few colours, and legible on the ground of either theme.
const LIGHT = [
  ...["#2459c4", "#d1662a", "#17806d", "#a03a8c", "#b08900", "#5b6b7f"],
  ...["#c0392b", "#3f8fd2", "#7a4a21", "#5d8a14", "#6d4bd8", "#e0559a"],
];
const DARK = [
  ...["#6c9dff", "#f0985e", "#4fc3a9", "#d98ac9", "#e0bd4a", "#9fb0c6"],
  ...["#ff8a80", "#7cc4ff", "#c99a6b", "#a6d45e", "#b79cff", "#ffb3d6"],
];
/** Where there are more lines than colours, each round is drawn with other strokes. */
const STROKES = ["solid", "dashed", "dotted"];
const MANY = 24;
const SHORT = 12;

/** How a chart is drawn. */
export function optionOf(drawn: Drawn, look: Look): EChartsCoreOption {
  if (drawn.kind === "matrix") return { ...common(look), ...matrix(drawn, look) };
  if (drawn.kind === "bars") return { ...common(look), ...bars(drawn, look) };
  if (drawn.kind === "histogram") return { ...common(look), ...histogram(drawn, look) };
  return { ...common(look), ...lines(drawn, look) };
}

function common({ dark, text, font, ground, line }: Look): EChartsCoreOption {
  return {
    animation: false,
    color: dark ? DARK : LIGHT,
    textStyle: { fontFamily: font, color: text },
    // Drawn on the canvas: nothing that somebody has called a label becomes a part of the page.
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: ground,
      borderColor: line,
      textStyle: { color: text, fontFamily: font, fontSize: 12 },
    },
  };
}

function legend(names: string[], look: Look): EChartsCoreOption {
  const shown = names.length > 1;
  return {
    legend: {
      show: shown,
      type: "scroll",
      top: 0,
      icon: "roundRect",
      itemWidth: 12,
      itemHeight: 8,
      pageIconColor: look.text,
      pageTextStyle: { color: look.text },
      textStyle: { color: look.text },
      inactiveColor: look.faint,
    },
    grid: {
      left: 12,
      right: 20,
      top: shown ? 34 : 14,
      bottom: 26,
      outerBoundsMode: "same",
      outerBoundsContain: "all",
    },
  };
}

function axis(name: string, look: Look, more: object = {}): object {
  return {
    name: name === "id" ? "" : shortened(name, 60),
    nameLocation: "middle",
    nameGap: 26,
    nameTextStyle: { color: look.faint },
    axisLabel: { color: look.faint, hideOverlap: true },
    axisLine: { lineStyle: { color: look.line } },
    axisTick: { lineStyle: { color: look.line } },
    splitLine: { lineStyle: { color: look.line } },
    ...more,
  };
}

const numbers = (look: Look): object => ({
  axisLabel: {
    color: look.faint,
    hideOverlap: true,
    formatter: (value: number) => figure(value, look.language),
  },
});

function bars({ names, series, x }: Extract<Drawn, { kind: "bars" }>, look: Look): EChartsCoreOption {
  const lying = names.length <= MANY && names.some((name) => name.length > SHORT);
  const categories = axis(x, look, {
    type: "category",
    data: names,
    inverse: lying,
    ...(lying && { nameLocation: "start", nameGap: 12 }),
    axisLabel: { color: look.faint, hideOverlap: true, width: 160, overflow: "truncate" },
    splitLine: { show: false },
  });
  const values = axis(series.length === 1 ? (series[0]?.name ?? "") : "", look, {
    type: "value",
    ...numbers(look),
  });
  return {
    ...legend(
      series.map(({ name }) => name),
      look,
    ),
    ...(lying
      ? { xAxis: values, yAxis: categories }
      : { xAxis: categories, yAxis: { ...values, nameGap: 44 } }),
    ...(names.length > MANY && { dataZoom: [{ type: "inside" }] }),
    series: series.map(({ name, values }) => ({
      type: "bar",
      name,
      data: values.map((value) => (Number.isFinite(value) ? value : null)),
      barMaxWidth: 40,
      tooltip: { valueFormatter: (value: number) => figure(value, look.language) },
    })),
  };
}

function lines(drawn: Extract<Drawn, { kind: "lines" | "scatter" }>, look: Look): EChartsCoreOption {
  const { kind, series, share } = drawn;
  const ends = share ? { min: 0, max: 1 } : { scale: !drawn.zero };
  const named = series.map((each) => ({ ...each, name: share ? withArea(each, look) : each.name }));
  const when = new Intl.DateTimeFormat(look.language, shortTime(series));
  return {
    ...legend(
      named.map(({ name }) => name),
      look,
    ),
    tooltip: {
      ...(common(look).tooltip as object),
      trigger: kind === "lines" && !share ? "axis" : "item",
      valueFormatter: (value: unknown) =>
        [value]
          .flat()
          .map((each, place, all) =>
            drawn.time && all.length > 1 && place === 0
              ? exact(new Date(Number(each)), look.language)
              : figure(Number(each), look.language),
          )
          .join(", "),
    },
    xAxis: drawn.time
      ? axis(drawn.x, look, {
          type: "time",
          axisLabel: { color: look.faint, hideOverlap: true, formatter: (at: number) => when.format(at) },
        })
      : axis(drawn.x, look, { type: "value", ...ends, ...numbers(look) }),
    yAxis: axis(drawn.y, look, { type: "value", ...ends, ...numbers(look), nameGap: 44 }),
    series: named.map(({ name, points }, place) => ({
      type: kind === "scatter" ? "scatter" : "line",
      name,
      data: points,
      ...(kind === "scatter"
        ? { symbolSize: 6, itemStyle: { opacity: 0.7 }, large: points.length > 2000 }
        : {
            showSymbol: !share && points.length < 30,
            symbolSize: 5,
            sampling: "lttb",
            lineStyle: { width: 1.8, type: STROKES[Math.floor(place / LIGHT.length) % STROKES.length] },
          }),
      ...(place === 0 && drawn.diagonal && { markLine: diagonal(points, share, look) }),
    })),
  };
}

const DAY = 86_400_000;

/** As much of a time as tells those of an axis apart. */
function shortTime(series: Line[]): Intl.DateTimeFormatOptions {
  const times = series.flatMap(({ points }) => points.map(([at]) => at));
  const span =
    times.reduce((last, at) => Math.max(last, at), 0) -
    times.reduce((first, at) => Math.min(first, at), Number.MAX_VALUE);
  if (span > 300 * DAY) return { year: "numeric", month: "short" };
  if (span > 2 * DAY) return { month: "short", day: "numeric" };
  return { hour: "2-digit", minute: "2-digit", ...(span < 600_000 && { second: "2-digit" }) };
}

function withArea({ name, points }: Line, look: Look): string {
  const area = figure(areaBelow(points), look.language);
  return name ? `${name} · ${area}` : area;
}

function diagonal(points: [number, number][], share: boolean, look: Look): object {
  const all = points.flat();
  const low = share ? 0 : Math.min(...all);
  const high = share ? 1 : Math.max(...all);
  return {
    silent: true,
    symbol: "none",
    label: { show: false },
    lineStyle: { color: look.faint, type: "dashed" },
    data: [[{ coord: [low, low] }, { coord: [high, high] }]],
  };
}

function histogram(
  { edges, series, x }: Extract<Drawn, { kind: "histogram" }>,
  look: Look,
): EChartsCoreOption {
  const names = edges.slice(0, -1).map((edge, place) => {
    const end = edges[place + 1] ?? edge;
    return `${figure(edge, look.language)} – ${figure(end, look.language)}`;
  });
  const many = series.length > 1;
  return {
    ...legend(
      series.map(({ name }) => name),
      look,
    ),
    xAxis: axis(x, look, { type: "category", data: names, splitLine: { show: false } }),
    yAxis: axis("", look, { type: "value", ...numbers(look) }),
    series: series.map(({ name, values }) => ({
      type: "bar",
      name,
      data: values,
      barCategoryGap: "2%",
      ...(many && { stack: "all" }),
    })),
  };
}

function matrix(
  { truth, answered, counts }: Extract<Drawn, { kind: "matrix" }>,
  look: Look,
): EChartsCoreOption {
  const data = counts.flatMap((row, y) => row.map((value, x) => [x, y, value]));
  const highest = Math.max(...counts.flat().filter(Number.isFinite), 0);
  const few = truth.length <= 15;
  const shade = look.dark ? ["#1a2233", "#6c9dff"] : ["#f2f6fd", "#2459c4"];
  const strong = look.dark ? "#0d0f14" : "#ffffff";
  const cells = data.map(([x = 0, y = 0, value = 0]) => ({
    value: [x, y, value],
    label: { color: value > highest * 0.55 ? strong : look.text },
  }));
  const names = { color: look.faint, width: 90, overflow: "truncate" };
  return {
    grid: { left: 28, right: 16, top: 10, bottom: 28, outerBoundsMode: "same", outerBoundsContain: "all" },
    xAxis: axis(look.words.answered, look, {
      type: "category",
      data: answered,
      axisLabel: names,
      splitLine: { show: false },
    }),
    yAxis: axis(look.words.truth, look, {
      type: "category",
      data: truth,
      nameGap: 44,
      inverse: true,
      axisLabel: names,
      splitLine: { show: false },
    }),
    visualMap: { show: false, min: 0, max: highest || 1, inRange: { color: shade } },
    series: [
      {
        type: "heatmap",
        data: cells,
        label: {
          show: few,
          formatter: ({ value }: { value: number[] }) => figure(value[2] ?? 0, look.language),
        },
        itemStyle: { borderColor: look.ground, borderWidth: 1 },
      },
    ],
  };
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
