#include "ui/models/known_models.h"

#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <QSettings>
#include <QStandardPaths>
#include <QUrl>
#include <algorithm>

#include "core/engine/conversion.h"
#include "core/engine/devices.h"
#include "core/engine/memory.h"
#include "core/engine/program_files.h"
#include "core/files/error.h"
#include "ui/common/family_title.h"
#include "ui/common/workspace.h"

namespace fusionscope::ui {

namespace {

constexpr auto foldersKey = "models/folders";
constexpr auto loadingKey = "models/loading";
constexpr auto crashedKey = "models/crashed";
constexpr auto lastKey = "models/last";

QString absolute(const QString& path) { return QDir::cleanPath(QFileInfo(path).absoluteFilePath()); }

/// A settings key for a path, which may hold anything.
QString keyFor(const QString& path, const char* what) {
    return QString("models/%1/%2").arg(what, QString::fromLatin1(QUrl::toPercentEncoding(path)));
}

QString countText(qint64 parameters) {
    const auto value = static_cast<double>(parameters);
    if (value >= 1e9) return KnownModels::tr("%1 billion parameters").arg(QLocale().toString(value / 1e9, 'f', 1));
    return KnownModels::tr("%1 million parameters").arg(QLocale().toString(value / 1e6, 'f', value < 1e7 ? 1 : 0));
}

QString stateText(ModelState state) {
    switch (state) {
        case ModelState::Checking: return KnownModels::tr("being looked at");
        case ModelState::Usable: return KnownModels::tr("can be loaded");
        case ModelState::Refused: return KnownModels::tr("cannot be loaded");
        case ModelState::Crashed: return KnownModels::tr("ended the program while it was loading");
        case ModelState::Loading: return KnownModels::tr("is loading");
        case ModelState::Loaded: return KnownModels::tr("is loaded");
    }
    return {};
}

}  // namespace

KnownModels::KnownModels(Workspace& workspace, QObject* parent) : QAbstractListModel(parent), m_workspace(workspace) {
    connect(this, &KnownModels::inspected, this,
            [this](const QString& path, const std::shared_ptr<const engine::FolderReport>& report) {
                const int row = rowOf(path);
                if (row < 0) return;
                m_models[static_cast<size_t>(row)].report = report;
                m_models[static_cast<size_t>(row)].problem.clear();
                changed(path);
            },
            Qt::QueuedConnection);
    connect(&m_worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        const auto task = m_tasks.take(job);
        if (end == JobEnd::Done && !task.made.isEmpty()) add(task.made);
        if (end != JobEnd::Failed) return;
        if (!task.made.isEmpty()) return emit failed(task.path, message);
        if (const int row = rowOf(task.path); row >= 0) {
            m_models[static_cast<size_t>(row)].problem = message;
            changed(task.path);
        }
    });
    connect(this, &KnownModels::devicesFound, this, [this](const QStringList& devices) { m_devices = devices; },
            Qt::QueuedConnection);
    connect(&workspace.model, &CurrentModel::changed, this, [this] { noteLoaded(true); });
    connect(&workspace.model, &CurrentModel::failed, this, [this] { noteLoaded(false); });

    QSettings settings;
    auto crashed = settings.value(crashedKey).toStringList();
    if (const auto unfinished = settings.value(loadingKey).toString(); !unfinished.isEmpty()) {
        if (!crashed.contains(unfinished)) crashed.append(unfinished);
        settings.setValue(crashedKey, crashed);
        settings.remove(loadingKey);
    }
    try {
        // The one to begin with comes first; FUSIONSCOPE_MODEL may name one that did not come with the program.
        const auto bundled = engine::bundledModel();
        for (const auto& folder : {engine::defaultModel(), bundled})
            if (const auto path = absolute(QString::fromStdString(folder.string())); rowOf(path) < 0)
                append({path, folder.parent_path() == bundled.parent_path(), false, nullptr, {}});
    } catch (const Error& error) {
        m_bundledProblem = QString::fromUtf8(error.what());
    }
    for (const auto& path : settings.value(foldersKey).toStringList())
        if (rowOf(path) < 0) append({path, false, false, nullptr, {}});
    for (auto& model : m_models) model.crashed = crashed.contains(model.path);
    m_worker.submit(tr("Looking for graphics cards"), [this](WorkerContext&) {
        QStringList devices;
        for (const auto& device : engine::devices()) devices += QString::fromStdString(device);
        emit devicesFound(devices);
    });
}

KnownModels::~KnownModels() {
    m_worker.shutDown();
    QSettings().remove(loadingKey);  // a person who closes the window while a model loads has not seen it crash
}

int KnownModels::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_models.size()); }

QVariant KnownModels::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const int row = index.row();
    const auto& model = at(row);
    switch (role) {
        case Qt::DisplayRole: return title(row);
        case Qt::ToolTipRole: return QDir::toNativeSeparators(model.path);
        case StateRole: return static_cast<int>(stateOf(row));
        case DescriptionRole: {
            if (!model.report) return model.problem.isEmpty() ? stateText(ModelState::Checking) : model.problem;
            qint64 bytes = 0;
            for (const auto& [type, size] : model.report->bytesByType) bytes += size;
            const auto size = QString::fromStdString(engine::bytesText(bytes));
            return model.report->loadable ? countText(model.report->parameters) + " · " + size : stateText(stateOf(row));
        }
        case Qt::AccessibleTextRole:
            return QString("%1, %2, %3").arg(title(row), data(index, DescriptionRole).toString(), stateText(stateOf(row)));
        default: return {};
    }
}

int KnownModels::rowOf(const QString& path) const {
    const auto found = std::ranges::find(m_models, absolute(path), &KnownModel::path);
    return found == m_models.end() ? -1 : static_cast<int>(found - m_models.begin());
}

ModelState KnownModels::stateOf(int row) const {
    const auto& model = at(row);
    if (model.path == m_loading) return ModelState::Loading;
    if (model.path == m_loaded) return ModelState::Loaded;
    if (model.crashed) return ModelState::Crashed;
    if (!model.problem.isEmpty()) return ModelState::Refused;
    if (!model.report) return ModelState::Checking;
    return model.report->loadable ? ModelState::Usable : ModelState::Refused;
}

QString KnownModels::bundledKnowledge() {
    return tr("The models that come with the program know painted scenes, charts and printed words, and little of "
              "photographs. For those add a Florence-VL checkpoint.");
}

QString KnownModels::title(int row) const {
    const auto& model = at(row);
    const auto family = model.report ? QString::fromStdString(model.report->family) : QString();
    return modelTitle(model.bundled && family.isEmpty() ? "florence-vl" : family, model.path);
}

int KnownModels::add(const QString& path) {
    const auto place = absolute(path);
    if (const int row = rowOf(place); row >= 0) {
        check(row, false);
        return row;
    }
    append({place, false, QSettings().value(crashedKey).toStringList().contains(place), nullptr, {}});
    save();
    return rowCount() - 1;
}

void KnownModels::append(const KnownModel& model) {
    beginInsertRows({}, rowCount(), rowCount());
    m_models.push_back(model);
    endInsertRows();
    check(rowCount() - 1, false);
}

void KnownModels::remove(int row) {
    if (row < 0 || row >= rowCount() || at(row).bundled) return;
    beginRemoveRows({}, row, row);
    m_models.erase(m_models.begin() + row);
    endRemoveRows();
    save();
}

void KnownModels::check(int row, bool everything) {
    const auto path = at(row).path;
    const auto title = everything ? tr("Checking %1") : tr("Looking at %1");
    const auto job = m_worker.submit(title.arg(QFileInfo(path).fileName()), [this, path, everything](WorkerContext& context) {
        emit inspected(path, std::make_shared<const engine::FolderReport>(
                                 engine::inspectFolder(path.toStdString(), everything, context.control)));
    });
    m_tasks.insert(job, {path, {}});
}

QString KnownModels::quantise(int row, engine::Precision precision) {
    const auto path = at(row).path;
    const QFileInfo original(path);
    QDir place(original.path());
    if (!QFileInfo(place.path()).isWritable()) {
        place.setPath(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation) + "/models");
        place.mkpath(".");
    }
    const auto wanted = place.filePath(original.completeBaseName() + '-' + engine::name(precision));
    auto made = wanted;
    for (int number = 2; QFileInfo::exists(made); ++number) made = wanted + '-' + QString::number(number);
    const auto job = m_worker.submit(tr("Writing %1").arg(QFileInfo(made).fileName()),
                                     [path, made, precision](WorkerContext& context) {
        engine::convertCheckpoint(path.toStdString(), precision, engine::LoadOptions().groupSize, made.toStdString(),
                                  context.control);
    });
    m_tasks.insert(job, {path, made});
    return made;
}

engine::LoadOptions KnownModels::options(const QString& path) const {
    const QSettings settings;
    engine::LoadOptions options;
    try {
        options.precision = engine::precisionNamed(settings.value(keyFor(path, "precision"), "auto").toString().toStdString());
    } catch (const Error&) {
        // an edited settings file; the engine chooses
    }
    options.device = settings.value(keyFor(path, "device"), "cpu").toString().toStdString();
    return options;
}

void KnownModels::setOptions(const QString& path, const engine::LoadOptions& options) {
    QSettings settings;
    settings.setValue(keyFor(path, "precision"), engine::name(options.precision));
    settings.setValue(keyFor(path, "device"), QString::fromStdString(options.device));
}

void KnownModels::load(const QString& path) {
    int row = rowOf(path);
    if (row < 0) row = add(path);
    if (at(row).crashed) return emit crashedBefore(at(row).path);
    loadAnyway(path);
}

void KnownModels::loadAnyway(const QString& path) {
    int row = rowOf(path);
    if (row < 0) row = add(path);
    auto& model = m_models[static_cast<size_t>(row)];
    model.crashed = false;
    m_loading = model.path;
    noteLoading(m_loading);
    m_workspace.model.load(m_loading, options(m_loading));
    changed(m_loading);
}

void KnownModels::noteLoading(const QString& path) const {
    QSettings settings;
    auto crashed = settings.value(crashedKey).toStringList();
    crashed.removeAll(path);
    settings.setValue(crashedKey, crashed);
    settings.setValue(loadingKey, path);
    settings.sync();  // it must be on disk before the model can bring the program down
}

void KnownModels::noteLoaded(bool well) {
    if (m_workspace.model.isLoading() && !well) return;  // the person chose another one meanwhile
    QSettings settings;
    settings.remove(loadingKey);
    const auto before = m_loaded;
    if (well) {
        m_loaded = absolute(QString::fromStdString(m_workspace.model.facts()->summary.folder));
        settings.setValue(lastKey, m_loaded);
    }
    const auto path = std::exchange(m_loading, {});
    for (const auto& row : {path, before, m_loaded}) changed(row);
}

QString KnownModels::lastUsed() const {
    const auto last = QSettings().value(lastKey).toString();
    return rowOf(last) >= 0 && QFileInfo::exists(last) ? last : bundled();
}

QString KnownModels::bundled() const { return m_models.empty() || !m_models.front().bundled ? QString() : m_models.front().path; }

void KnownModels::save() const {
    QStringList paths;
    for (const auto& model : m_models)
        if (!model.bundled) paths.append(model.path);
    QSettings().setValue(foldersKey, paths);
}

void KnownModels::changed(const QString& path) {
    if (const int row = path.isEmpty() ? -1 : rowOf(path); row >= 0) emit dataChanged(index(row), index(row));
}

}  // namespace fusionscope::ui
