// What axe does not look at: fields whose edge is hard to see (WCAG 2.2, 1.4.11), two labels, a second h1. [] if all is well.
() => {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const problems = [];
  for (const field of document.querySelectorAll("input:not([type=hidden]), textarea, select")) {
    if (!field.checkVisibility() || field.closest(".visually-hidden")) continue;
    if (!field.matches("[type=checkbox], [type=radio]")) {
      const edge = contrast(channels(getComputedStyle(field).borderTopColor), background(field.parentElement));
      if (edge < 3) problems.push(`edge ${edge.toFixed(2)}: ${field.outerHTML.slice(0, 80)}`);
    }
    if (field.labels.length !== 1) problems.push(`${field.labels.length} labels: ${field.outerHTML.slice(0, 80)}`);
  }
  if (document.querySelectorAll("h1").length !== 1) problems.push("not one h1");
  return problems;
}
