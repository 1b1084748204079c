import re
r='/work/main/ui/inspect/'
p=r+'atlas_state.h'
s=open(p).read()
s=s.replace('#include "ui/inspect/map_artist.h"\n','#include "ui/inspect/map_artist.h"\n#include "ui/inspect/word_maps.h"\n')
s=s.replace('''    const engine::MapOptions& options() const { return m_options; }
''','''    /// The selected word of the answer, whose map is enlarged as long as it is the latest thing that was selected.
    const WordMaps& words() const { return m_words; }
    bool showsWord() const { return m_showsWord && m_words.drawn().own; }
    const engine::MapOptions& options() const { return m_options; }
''')
s=s.replace('''    FeatureStore m_store;
''','''    FeatureStore m_store;
    WordMaps m_words;
''')
s=s.replace('m_overlaid = false, m_hadPlaces = false;','m_overlaid = false, m_hadPlaces = false,\n         m_showsWord = false;')
open(p,'w').write(s)
p=r+'atlas_state.cpp'
s=open(p).read()
s=s.replace('m_workspace(workspace), m_store(workspace) {','m_workspace(workspace), m_store(workspace), m_words(workspace) {')
s=s.replace('''    connect(&workspace.answer, &CurrentAnswer::changed''','''    connect(&m_words, &WordMaps::changed, this, [this] {
        m_showsWord = m_workspace.selection.word().has_value();
        updateOverlay();
        emit enlargedChanged();
    });
    connect(&m_words, &WordMaps::failed, this, [this](const QString& message) { say(message); });
    connect(&workspace.answer, &CurrentAnswer::changed''')
s=s.replace('''    if (m_current < 0) return none;
''','''    if (m_current < 0) return none;
    if (showsWord()) return m_words.drawn();
''')
s=s.replace('''    if (current == m_current) return;
    const int before = m_current;
''','''    m_showsWord = false;
    if (current == m_current) {
        emit enlargedChanged();
        return;
    }
    const int before = m_current;
''')
s=s.replace('''    m_hadPlaces = any;
''','''    m_hadPlaces = any;
    m_showsWord = m_showsWord && !any;
''')
s=s.replace('''    overlay.name = QString::fromStdString(m_cells[static_cast<size_t>(m_current)].activation.name);
''','''    overlay.name = showsWord() ? m_words.word()
                               : QString::fromStdString(m_cells[static_cast<size_t>(m_current)].activation.name);
''')
open(p,'w').write(s)
p=r+'atlas_view.h'
s=open(p).read()
s=s.replace('class AtlasState;\n','class AtlasState;\nclass BarList;\n')
s=s.replace('    FactTable* m_facts;\n','    FactTable* m_facts;\n    BarList* m_agreement;\n')
open(p,'w').write(s)
p=r+'atlas_view.cpp'
s=open(p).read()
s=s.replace('#include "ui/inspect/atlas_state.h"\n','#include "ui/inspect/atlas_state.h"\n#include "ui/inspect/bar_list.h"\n')
s=s.replace('''    column->addLayout(buttons);
    column->addStretch();
''','''    column->addLayout(buttons);
    m_agreement = new BarList(tr("Agreement with the answer’s words"));
    column->addWidget(m_agreement);
    column->addStretch();
''')
s=s.replace('''    if (m_state.current() < 0) return;
    const auto& activation''','''    m_agreement->setBars(m_state.words().bars());
    if (m_state.current() < 0) return;
    if (m_state.showsWord()) {
        const auto& image = map->image;
        m_facts->setTitle(tr("“%1” in the picture").arg(m_state.words().word()));
        m_facts->setValue(Activation, QStringLiteral("fusion/projected"));
        m_facts->setValue(Shape, tr("%1 × %2 patches").arg(image.height()).arg(image.width()));
        m_facts->setValue(Reaches, tr("the language model"));
        updateHovered(m_hovered);
        return;
    }
    const auto& activation''')
open(p,'w').write(s)
p=r+'inspector_panel.cpp'
s=open(p).read()
s=s.replace('#include "ui/inspect/atlas_menus.h"\n','#include "ui/inspect/ablate_page.h"\n#include "ui/inspect/align_page.h"\n#include "ui/inspect/atlas_menus.h"\n')
s=s.replace('''    addPage(tr("Atlas"), atlas, m_atlasMenus);
''','''    addPage(tr("Atlas"), atlas, m_atlasMenus);
    auto* align = new AlignPage(workspace);
    addPage(tr("Align"), align, align->menus());
    auto* ablate = new AblatePage(workspace);
    addPage(tr("Ablate"), ablate, ablate->menus());
''')
open(p,'w').write(s)
