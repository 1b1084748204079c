#include "ui/inspect/atlas_menus.h"

#include <QClipboard>
#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMenu>
#include <QSaveFile>
#include <QToolButton>

#include "core/engine/folder_report.h"
#include "core/files/error.h"
#include "ui/common/refusal.h"
#include "ui/common/workspace.h"
#include "ui/inspect/atlas_export.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/inspection_file.h"
#include "ui/inspect/labels.h"

namespace fusionscope::ui {

namespace {

using engine::MapKind;

constexpr MapKind kinds[] = {MapKind::Pca, MapKind::Foreground, MapKind::Similarity,
                             MapKind::Norm, MapKind::Channel, MapKind::Cluster};

const QString arrow = QStringLiteral(" ▾");

bool isColours(MapKind kind) { return kind == MapKind::Pca || kind == MapKind::Foreground; }

QToolButton* menuButton(const QString& accessibleName, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setPopupMode(QToolButton::InstantPopup);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setAccessibleName(accessibleName);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setMenu(new QMenu(button));
    return button;
}

QString scopeTitle(engine::BasisScope scope) {
    switch (scope) {
        case engine::BasisScope::Map: return AtlasMenus::tr("basis: per map");
        case engine::BasisScope::Row: return AtlasMenus::tr("basis: per row");
        case engine::BasisScope::All: return AtlasMenus::tr("basis: all maps");
    }
    return {};
}

/// What the kind of map is set to.
QString settingTitle(const engine::MapOptions& options) {
    switch (options.kind) {
        case MapKind::Pca:
        case MapKind::Foreground: return options.savedBasis ? AtlasMenus::tr("basis: saved") : scopeTitle(options.basis);
        case MapKind::Similarity:
            return options.origin == inspect::Origin::Mean ? AtlasMenus::tr("centred") : AtlasMenus::tr("from zero");
        case MapKind::Channel:
            return options.channel < 0 ? AtlasMenus::tr("most varying") : AtlasMenus::tr("channel %1").arg(options.channel);
        case MapKind::Cluster: return AtlasMenus::tr("%n cluster(s)", nullptr, options.clusters);
        case MapKind::Norm: break;
    }
    return {};
}

/// Adds one of several choices. @param apply changes a copy of the options, which are then set
template <class Apply>
void addChoice(AtlasState& state, QMenu* menu, const QString& text, bool chosen, const Apply& apply) {
    auto* action = menu->addAction(text);
    action->setCheckable(true);
    action->setChecked(chosen);
    QObject::connect(action, &QAction::triggered, menu, [&state, apply] {
        auto options = state.options();
        apply(options);
        state.setOptions(options, options.savedBasis ? state.basisFile() : QString());
    });
}

}  // namespace

AtlasMenus::AtlasMenus(AtlasState& state, QWidget* parent)
    : QWidget(parent),
      m_state(state),
      m_kind(menuButton(tr("Kind of map"), this)),
      m_settings(menuButton(tr("Settings of the kind of map"), this)),
      m_export(menuButton(tr("Export"), this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 4, 0, 4);
    row->setSpacing(8);
    for (auto* button : {m_kind, m_settings, m_export}) row->addWidget(button);
    m_export->setText(tr("Export") + arrow);
    m_kind->setObjectName(QStringLiteral("atlasKind"));
    m_settings->setObjectName(QStringLiteral("atlasSettings"));
    m_export->setObjectName(QStringLiteral("atlasExport"));
    // Filled when opened: what can be chosen depends on the maps there are.
    connect(m_kind->menu(), &QMenu::aboutToShow, this, &AtlasMenus::fillKinds);
    connect(m_settings->menu(), &QMenu::aboutToShow, this, &AtlasMenus::fillSettings);
    connect(m_export->menu(), &QMenu::aboutToShow, this, &AtlasMenus::fillExport);
    connect(&state, &AtlasState::optionsChanged, this, &AtlasMenus::updateTitles);
    connect(this, &AtlasMenus::written, this, [this](const QStringList& files) {
        emit said(tr("Written: %1").arg(files.join(QStringLiteral(", "))));
    }, Qt::QueuedConnection);
    connect(this, &AtlasMenus::inspectionRead, this, [this](const auto& inspection, const QString& warning) {
        m_state.restore(*inspection);
        if (!warning.isEmpty()) emit said(warning);
    }, Qt::QueuedConnection);
    auto& commands = state.workspace().commands;
    commands.add("inspect.save", tr("Inspect"), tr("&Save the inspection…"), {}, [this] { chooseInspection(false); });
    commands.add("inspect.open", tr("Inspect"), tr("&Open an inspection…"), {}, [this] { chooseInspection(true); });
    connect(&state.workspace().reader, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job == m_job && end == JobEnd::Failed) emit said(message);
    });
    updateTitles();
}

void AtlasMenus::updateTitles() {
    const auto& options = m_state.options();
    m_kind->setText(kindTitle(options.kind) + arrow);
    m_settings->setVisible(options.kind != MapKind::Norm);
    m_settings->setText(settingTitle(options) + arrow);
}

void AtlasMenus::fillKinds() {
    auto* menu = m_kind->menu();
    menu->clear();
    for (const auto kind : kinds)
        addChoice(m_state, menu, kindTitle(kind), m_state.options().kind == kind,
                  [kind](engine::MapOptions& options) { options.kind = kind; });
}

void AtlasMenus::fillSettings() {
    auto* menu = m_settings->menu();
    menu->clear();
    const auto now = m_state.options();
    if (isColours(now.kind)) {
        for (const auto scope : {engine::BasisScope::Map, engine::BasisScope::Row, engine::BasisScope::All})
            addChoice(m_state, menu, scopeTitle(scope), !now.savedBasis && now.basis == scope,
                      [scope](engine::MapOptions& options) {
                          options.basis = scope;
                          options.savedBasis = nullptr;
                      });
        menu->addSeparator();
        if (now.kind == MapKind::Pca) {
            menu->addAction(tr("Use a saved basis…"), this, [this] { chooseBasis(true); });
            menu->addAction(tr("Save the basis of this map…"), this, [this] { chooseBasis(false); });
        } else {
            for (const double threshold : {0.3, 0.4, 0.5, 0.6, 0.7})
                addChoice(m_state, menu, tr("foreground above %1").arg(threshold), now.foregroundThreshold == threshold,
                          [threshold](engine::MapOptions& options) { options.foregroundThreshold = threshold; });
        }
    } else if (now.kind == MapKind::Similarity) {
        addChoice(m_state, menu, tr("centred: the map's mean is taken off first"), now.origin == inspect::Origin::Mean,
                  [](engine::MapOptions& options) { options.origin = inspect::Origin::Mean; });
        addChoice(m_state, menu, tr("from zero: the vectors as they are"), now.origin == inspect::Origin::Zero,
                  [](engine::MapOptions& options) { options.origin = inspect::Origin::Zero; });
    } else if (now.kind == MapKind::Channel) {
        addChoice(m_state, menu, tr("the most varying one of each map"), now.channel < 0,
                  [](engine::MapOptions& options) { options.channel = -1; });
        menu->addSection(tr("By variance in this map"));
        const auto channels = m_state.channelsByVariance();
        for (size_t i = 0; i < channels.size() && i < 24; ++i)
            addChoice(m_state, menu, tr("channel %1").arg(channels[i]), now.channel == channels[i],
                      [channel = channels[i]](engine::MapOptions& options) { options.channel = channel; });
    } else {
        for (const int count : {2, 3, 4, 5, 6, 8, 10, 12, 16})
            addChoice(m_state, menu, tr("%n cluster(s)", nullptr, count), now.clusters == count,
                      [count](engine::MapOptions& options) { options.clusters = count; });
    }
}

void AtlasMenus::chooseBasis(bool open) {
    const auto filter = tr("PCA basis (*.json)");
    const auto file = open ? QFileDialog::getOpenFileName(this, tr("Use a saved basis"), m_folder, filter)
                           : QFileDialog::getSaveFileName(this, tr("Save the basis of this map"), m_folder, filter);
    if (file.isEmpty()) return;
    try {
        if (open) {
            QFile source(file);
            if (!source.open(QIODevice::ReadOnly) || source.size() > (qint64{64} << 20))
                throw refusal(tr("cannot be read as a basis"), file, tr("Choose a file that was saved here."));
            auto options = m_state.options();
            options.savedBasis = std::make_shared<const inspect::PcaBasis>(
                inspect::pcaBasisFromJson(source.readAll().toStdString(), file.toStdString()));
            m_state.setOptions(options, file);
            return;
        }
        const auto& map = m_state.enlarged().own;
        if (!map || !map->basis) throw refusal(tr("there is no basis yet"), {}, tr("Wait until the map is drawn."));
        QSaveFile target(file);
        const auto text = inspect::toJson(*map->basis);
        if (!target.open(QIODevice::WriteOnly) || target.write(text.data(), static_cast<qint64>(text.size())) < 0 ||
            !target.commit())
            throw refusal(target.errorString(), file, tr("Choose another folder."));
    } catch (const Error& error) {
        emit said(QString::fromUtf8(error.what()));
    }
}

void AtlasMenus::fillExport() {
    auto* menu = m_export->menu();
    menu->clear();
    const bool ready = m_state.features() != nullptr;
    const QString titles[] = {tr("Picture (PNG)…"), tr("Vector graphic (SVG)…"), tr("Page (PDF)…"),
                              tr("Numbers (npz)…"), tr("Numbers (safetensors)…"), tr("Table (CSV)…")};
    for (int format = 0; format < 6; ++format)
        menu->addAction(titles[format], this, [this, format] { exportAs(format); })->setEnabled(ready);
    menu->addSeparator();
    auto* only = menu->addAction(tr("The enlarged map alone"));
    only->setCheckable(true);
    only->setChecked(m_onlyCurrent);
    connect(only, &QAction::toggled, this, [this](bool alone) { m_onlyCurrent = alone; });
    menu->addAction(tr("Copy the command line that repeats this"), this, &AtlasMenus::copyCommand)->setEnabled(ready);
    menu->addSeparator();
    menu->addAction(tr("Save the inspection…"), this, [this] { chooseInspection(false); })->setEnabled(ready);
    menu->addAction(tr("Open an inspection…"), this, [this] { chooseInspection(true); });
}

namespace {

AtlasExport exportOf(const AtlasState& state, bool onlyCurrent) {
    AtlasExport wanted;
    wanted.set = state.features();
    wanted.options = state.options();
    wanted.places = state.pixelPlaces();
    wanted.basisFile = state.basisFile();
    if (onlyCurrent && state.current() >= 0) {
        const auto& activation = state.cells()[static_cast<size_t>(state.current())].activation;
        wanted.rows = {activation.row};
        wanted.columns = {activation.column};
    }
    return wanted;
}

}  // namespace

void AtlasMenus::exportAs(int number) {
    const auto format = static_cast<exporting::AtlasFormat>(number);
    const QString ending = QString::fromLatin1(exporting::name(format));
    auto wanted = exportOf(m_state, m_onlyCurrent);
    if (!wanted.set) return;
    const QFileInfo picture(wanted.set->picture->name);
    const auto file = QFileDialog::getSaveFileName(
        this, tr("Export the atlas"), QDir(m_folder).filePath(picture.completeBaseName() + "-atlas." + ending),
        QStringLiteral("*.") + ending);
    if (file.isEmpty()) return;
    const QFileInfo target(file);
    m_folder = target.absolutePath();
    wanted.folder = m_folder;
    wanted.files.formats = {format};
    wanted.files.name = target.completeBaseName().toStdString();
    m_job = m_state.workspace().reader.submit(tr("Exporting %1").arg(target.fileName()), [this, wanted](WorkerContext& context) {
        emit written(writeAtlas(wanted, context.control));
    });
}

void AtlasMenus::copyCommand() {
    auto wanted = exportOf(m_state, m_onlyCurrent);
    if (!wanted.set) return;
    wanted.folder = m_folder.isEmpty() ? QStringLiteral("atlas") : m_folder;
    const auto line = QString::fromStdString(commandLineOf(wanted));
    QGuiApplication::clipboard()->setText(line);
    emit said(tr("Copied: %1").arg(line));
}

void AtlasMenus::chooseInspection(bool open) {
    const auto filter = tr("Inspections (*.fscope)");
    auto file = open ? QFileDialog::getOpenFileName(this, tr("Open an inspection"), m_folder, filter)
                     : QFileDialog::getSaveFileName(this, tr("Save the inspection"), m_folder, filter);
    if (file.isEmpty()) return;
    if (open) {
        openInspection(file);
    } else {
        if (!file.endsWith(QStringLiteral(".fscope"))) file += QStringLiteral(".fscope");
        saveInspection(file);
    }
}

void AtlasMenus::saveInspection(const QString& file) {
    if (!m_state.features()) return;
    m_job = m_state.workspace().reader.submit(tr("Saving %1").arg(file),
                                              [this, file, inspection = m_state.saved()](WorkerContext& context) mutable {
        inspection.modelHash = engine::checkpointHash(inspection.modelFolder, context.control);
        writeInspection(file.toStdString(), inspection);
        emit written({file});
    });
}

void AtlasMenus::openInspection(const QString& file) {
    const auto facts = m_state.workspace().model.facts();
    const std::string folder = facts ? facts->summary.folder : std::string();
    m_job = m_state.workspace().reader.submit(tr("Opening %1").arg(file), [this, file, folder](WorkerContext& context) {
        auto inspection = std::make_shared<const SavedInspection>(readInspection(file.toStdString()));
        const bool same = !folder.empty() && inspection->modelHash ==
                                                 engine::checkpointHash(folder, context.control);
        emit inspectionRead(inspection, same ? QString()
                                             : tr("This was made with another model, %1. Load that one to see the same numbers.")
                                                   .arg(QString::fromStdString(inspection->modelFolder)));
    });
}

}  // namespace fusionscope::ui
