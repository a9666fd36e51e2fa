export default {
  by: "{{who}} {{when}}修改",
  hide: "隐藏“{{name}}”",
  hideHint: "仅在此浏览器的列表中不再显示",
  name: "名称",
  prefer: "将“{{name}}”设为默认",
  preferHint: "未选择其他视图的成员默认看到它",
  unpreferHint: "当前为默认，点击取消默认",
  remove: "删除",
  removeOne: "删除“{{name}}”",
  removeSure: "为所有人删除“{{name}}”？",
  rename: "重命名“{{name}}”",
  taken: "该名称已被占用。",
};
