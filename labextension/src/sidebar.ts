import { SidePanel } from '@jupyterlab/ui-components';
import type { ITranslator } from '@jupyterlab/translation';
import { AccordionPanel } from '@lumino/widgets';
import type { Widget } from '@lumino/widgets';

import { shieldIcon } from './icon';
import type { ISections } from './tokens';

/** The left sidebar: an accordion of whatever the registry holds. */
export class Sidebar extends SidePanel {
  constructor(
    private readonly sections: ISections,
    translator: ITranslator
  ) {
    super({ translator });
    const trans = translator.load('trustlab');
    this.id = 'trustlab-sidebar';
    this.addClass('tl-Sidebar');
    this.title.icon = shieldIcon;
    this.title.caption = trans.__('trustlab: verdicts and operations');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'trustlab');
    if (this.content instanceof AccordionPanel) {
      // By itself the accordion remembers sizes, also of none at all: what is open shares the height alike.
      this.content.expansionToggled.connect(panel =>
        panel.setRelativeSizes(panel.widgets.map(widget => (widget.isHidden ? 0 : 1)))
      );
    }
    sections.changed.connect(this.follow, this);
    this.follow();
  }

  override dispose(): void {
    this.sections.changed.disconnect(this.follow, this);
    super.dispose();
  }

  /** Make the accordion hold the registry's sections, in its order. */
  private follow(): void {
    const wanted = new Set(this.sections.entries.map(entry => entry.id));
    for (const [id, widget] of this._shown) {
      if (!wanted.has(id)) {
        this._shown.delete(id);
        widget.dispose();
      }
    }
    this.sections.entries.forEach((entry, at) => {
      if (!this._shown.has(entry.id)) {
        const widget = entry.create();
        widget.id = `trustlab-section-${entry.id}`;
        widget.title.label = entry.title;
        this._shown.set(entry.id, widget);
        this.insertWidget(at, widget);
        if (!entry.open && this.content instanceof AccordionPanel) {
          this.content.collapse(at);
        }
      }
    });
  }

  private _shown = new Map<string, Widget>();
}
