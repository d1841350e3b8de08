// Numbers, shares and times as pages write them; the twin of web_service/pages/figures.py.
const FEW = 100;

export function number(value, digits = 0) {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function share(part, whole) {
  if (!whole) return "–";
  return whole < FEW ? `${part} of ${whole}` : `${Math.round((100 * part) / whole)} %`;
}

export function seconds(value) {
  if (value < 1) return `${value.toFixed(2)} s`;
  if (value < 10) return `${value.toFixed(1)} s`;
  for (const [unit, length] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (value >= 2 * length) return `${Math.round(value / length)} ${unit}`;
  }
  return `${Math.round(value)} s`;
}

export function clock(atSeconds) {
  return new Date(atSeconds * 1000).toISOString().slice(11, 19);
}

export function iso(atSeconds) {
  return `${new Date(atSeconds * 1000).toISOString().slice(0, 19)}Z`;
}

// Foreign text becomes a text node and nothing else.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
