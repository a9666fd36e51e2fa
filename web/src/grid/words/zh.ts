import type en from "./en";

const words: typeof en = {
  empty: "暂无数据",
  select: "选择第 {{number}} 行",
  selectAll: "选择全部行",
  menuOf: "“{{title}}”列的操作",
  ascending: "升序排列",
  descending: "降序排列",
  thenAscending: "再按此列升序",
  thenDescending: "再按此列降序",
  unsorted: "取消按此列排序",
  pin: "固定在左侧",
  unpin: "取消固定",
  hide: "隐藏",
  left: "左移",
  right: "右移",
  wider: "加宽",
  narrower: "变窄",
  columns: "列",
  columnsHidden: "列（已隐藏 {{number}}）",
  searchColumns: "搜索列",
  showAll: "全部显示",
  hideAll: "全部隐藏",
  asUsual: "恢复默认",
};

export default words;
