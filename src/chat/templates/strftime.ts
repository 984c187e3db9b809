const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** C's strftime in the C locale, for the directives that dates and times in prompts are made of; others stay. */
export function strftime(date: Date, format: unknown): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const month = MONTHS[date.getMonth()] as string;
  const day = DAYS[date.getDay()] as string;
  const directives: Readonly<Record<string, string>> = {
    Y: String(date.getFullYear()),
    y: two(date.getFullYear() % 100),
    m: two(date.getMonth() + 1),
    d: two(date.getDate()),
    e: String(date.getDate()).padStart(2, " "),
    H: two(date.getHours()),
    I: two(date.getHours() % 12 || 12),
    M: two(date.getMinutes()),
    S: two(date.getSeconds()),
    p: date.getHours() < 12 ? "AM" : "PM",
    B: month,
    b: month.slice(0, 3),
    A: day,
    a: day.slice(0, 3),
    "%": "%",
  };
  return String(format).replace(/%([A-Za-z%])/g, (whole, name: string) => directives[name] ?? whole);
}
