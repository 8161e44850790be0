// A headless chromium, and reports in it that are watched for anything that goes wrong.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {pathToFileURL} from 'node:url';

export const SKIPPED = 77;  // exit code that ctest takes for "skipped"

function chromiumPath() {
  return process.env.PATH.split(delimiter).map((folder) => join(folder, 'chromium')).find((path) => existsSync(path));
}

export class Browser {
  // `kind` as write_report has it.
  static async launch(writeReport, kind) {
    const executablePath = chromiumPath();
    if (!executablePath) {
      console.log('skipped: no chromium on the PATH; apt-get install chromium');
      process.exit(SKIPPED);
    }
    const {chromium} = await import(pathToFileURL(join(process.env.SCINET_PLAYWRIGHT, 'index.mjs')));
    // The sandbox of chromium is not to be had as root, and these pages are our own.
    return new Browser(await chromium.launch({executablePath, args: ['--no-sandbox']}), writeReport, kind);
  }

  constructor(browser, writeReport, kind) {
    this.browser = browser;
    this.writeReport = writeReport;
    this.kind = kind;
    this.folder = mkdtempSync(join(tmpdir(), 'scinet_browser_'));
  }

  async close() {
    await this.browser.close();
    rmSync(this.folder, {recursive: true});
  }

  // The report of the document in a new page. `page.problems` gathers what must not happen.
  async open(document, settings = {}) {
    const json = join(this.folder, 'document.json');
    const html = join(this.folder, 'report.html');
    writeFileSync(json, JSON.stringify(document));
    execFileSync(this.writeReport, [this.kind, json, html]);
    return this.openFile(html, settings);
  }

  async openFile(html, {width = 1280, colorScheme = 'light'} = {}) {
    const context = await this.browser.newContext({
      viewport: {width, height: 900}, colorScheme, permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    page.problems = [];
    const address = String(pathToFileURL(html));
    page.on('console', (message) => page.problems.push(message.type() + ': ' + message.text()));
    page.on('pageerror', (error) => page.problems.push(String(error.stack)));
    page.on('dialog', (dialog) => {
      page.problems.push('dialog: ' + dialog.message());
      dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.url() !== address && !request.url().startsWith('data:')) page.problems.push('request: ' + request.url());
    });
    await page.goto(address);
    await page.waitForSelector('html[data-drawn]', {state: 'attached', timeout: 10000});
    return page;
  }
}
