#include "ui/models/models_panel.h"

#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QListWidget>
#include <QMenu>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QUrl>

#include "core/engine/memory.h"
#include "core/files/error.h"
#include "ui/common/icons.h"
#include "ui/common/family_title.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/models/known_models.h"
#include "ui/models/model_delegate.h"

namespace fusionscope::ui {

namespace {

/// Rows of a two-column table as rich text.
class Facts {
  public:
    void add(const QString& name, const QString& value) {
        if (value.isEmpty()) return;
        m_rows += QString("<tr><td style='padding:2px 24px 2px 0'>%1</td><td style='padding:2px 0'>%2</td></tr>")
                      .arg(name.toHtmlEscaped(), value.toHtmlEscaped());
    }
    QString text() const { return "<table>" + m_rows + "</table>"; }

  private:
    QString m_rows;
};

QString bytes(qint64 count) { return QString::fromStdString(engine::bytesText(count)); }

QString memoryText(const engine::FolderReport& report) {
    QStringList parts;
    for (const auto& [precision, needed] : report.memoryNeeded)
        parts.append(QString("%1 %2").arg(QString::fromStdString(precision), bytes(needed)));
    return parts.join(" · ");
}

QString sizeText(const engine::FolderReport& report) {
    QStringList parts;
    for (const auto& [type, size] : report.bytesByType)
        parts.append(QString("%1 %2").arg(QString::fromStdString(type), bytes(size)));
    return parts.join(" · ");
}

QPushButton* button(const QString& text, const QString& iconName) {
    auto* result = new QPushButton(icon(iconName), u' ' + text);  // or it touches the icon
    result->setAccessibleName(text);
    return result;
}

}  // namespace

ModelsPanel::ModelsPanel(Workspace& workspace, KnownModels& models, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_models(models) {
    setWindowTitle(tr("Models"));
    setAccessibleName(tr("Models"));
    setAcceptDrops(true);
    auto* splitter = new QSplitter;
    splitter->addWidget(makeList());
    splitter->addWidget(makeDetails());
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({280, 560});
    splitter->setChildrenCollapsible(false);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);
    resize(880, 560);

    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &ModelsPanel::showDetails);
    connect(&m_models, &KnownModels::dataChanged, this, &ModelsPanel::showDetails);
    connect(&m_models, &KnownModels::failed, this, [this](const QString&, const QString& message) {
        m_notice->setText(message);
        m_notice->show();
    });
    connect(&m_workspace.model, &CurrentModel::failed, this, [this](const QString& path, const QString& message) {
        if (message.isEmpty() || row() < 0 || m_models.at(row()).path != path) return;
        m_notice->setText(message);
        m_notice->show();
    });
    followJobs();
    select(0);
}

QWidget* ModelsPanel::makeList() {
    m_list = new QListView;
    m_list->setModel(&m_models);
    m_list->setItemDelegate(new ModelDelegate(m_list));
    m_list->setMouseTracking(true);
    m_list->setAccessibleName(tr("Known models"));
    connect(m_list, &QListView::activated, this, [this](const QModelIndex& index) { m_models.load(m_models.at(index.row()).path); });

    auto* addFolder = button(tr("Add a folder…"), "folder-plus");
    auto* addFile = button(tr("Add a GGUF file…"), "plus");
    connect(addFolder, &QPushButton::clicked, this, &ModelsPanel::chooseFolder);
    connect(addFile, &QPushButton::clicked, this, &ModelsPanel::chooseFile);
    auto* hint = new QLabel(tr("Or drop a checkpoint's folder here. It is used where it lies."));
    hint->setWordWrap(true);
    setTextSize(*hint, TextSize::Small);
    hint->setForegroundRole(QPalette::PlaceholderText);

    auto* buttons = new QHBoxLayout;
    buttons->addWidget(addFolder);
    buttons->addWidget(addFile);
    auto* side = new QWidget;
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(16, 16, 8, 16);
    layout->addWidget(m_list, 1);
    layout->addWidget(hint);
    layout->addLayout(buttons);
    return side;
}

QWidget* ModelsPanel::makeDetails() {
    m_title = new QLabel;
    setTextSize(*m_title, TextSize::Large, QFont::Bold);
    m_facts = new QLabel;
    m_facts->setTextFormat(Qt::RichText);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_facts->setWordWrap(true);
    m_facts->setAccessibleName(tr("Facts about the model"));
    m_notice = new QLabel;
    m_notice->setObjectName("notice");
    m_notice->setWordWrap(true);
    m_notice->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_findings = new QListWidget;
    m_findings->setObjectName("findings");
    m_findings->setWordWrap(true);
    m_findings->setAccessibleName(tr("What was found in the folder"));
    m_findings->setSelectionMode(QAbstractItemView::NoSelection);
    m_job = new QLabel;
    m_progress = new QProgressBar;
    m_progress->setRange(0, 1000);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress"));
    m_stop = button(tr("Stop"), "circle-stop");
    connect(m_stop, &QPushButton::clicked, this, [this] { m_models.worker().stopAll(); });

    auto* findingsTitle = new QLabel(tr("Found in the folder"));
    setTextSize(*findingsTitle, TextSize::Body, QFont::Bold);
    auto* job = new QHBoxLayout;
    job->addWidget(m_job);
    job->addWidget(m_progress, 1);
    job->addWidget(m_stop);
    auto* side = new QWidget;
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(8);
    layout->addWidget(m_title);
    layout->addWidget(m_facts);
    layout->addWidget(m_notice);
    layout->addWidget(makeActions());
    layout->addSpacing(8);
    layout->addWidget(findingsTitle);
    layout->addWidget(m_findings, 1);
    layout->addLayout(job);
    return side;
}

QWidget* ModelsPanel::makeActions() {
    m_precision = new QComboBox;
    m_precision->setAccessibleName(tr("Precision"));
    m_precision->setToolTip(tr("How weights are held. “As it fits” chooses bf16 where the processor is fast at it, else fp32."));
    m_precision->addItem(tr("As it fits"), "auto");
    for (const auto* precision : {"fp32", "bf16", "fp16", "int8", "int4"}) m_precision->addItem(precision, precision);
    m_device = new QComboBox;
    m_device->setAccessibleName(tr("Device"));
    connect(&m_models, &KnownModels::devicesFound, this, [this](const QStringList& devices) {
        fillDevices(devices);
        showDetails();
    }, Qt::QueuedConnection);
    fillDevices(m_models.devices());
    for (auto* box : {m_precision, m_device}) connect(box, &QComboBox::activated, this, &ModelsPanel::storeOptions);

    m_load = button(tr("Load"), "play");
    connect(m_load, &QPushButton::clicked, this, [this] { m_models.loadAnyway(m_models.at(row()).path); });
    m_quantise = button(tr("Quantise"), "package");
    m_quantise->setToolTip(tr("Write a smaller copy beside the original"));
    auto* menu = new QMenu(m_quantise);
    menu->addAction(tr("int8: half of bf16, nearly the same answers"), this,
                    [this] { m_models.quantise(row(), engine::Precision::Int8); });
    menu->addAction(tr("int4: the smallest"), this, [this] { m_models.quantise(row(), engine::Precision::Int4); });
    m_quantise->setMenu(menu);
    m_check = button(tr("Check every value"), "scan");
    connect(m_check, &QPushButton::clicked, this, [this] { m_models.check(row(), true); });
    m_remove = button(tr("Remove"), "trash-2");
    m_remove->setToolTip(tr("Take it off this list; its files stay"));
    connect(m_remove, &QPushButton::clicked, this, [this] { m_models.remove(row()); });

    auto* actions = new QWidget;
    auto* layout = new QVBoxLayout(actions);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* first = new QHBoxLayout;
    for (auto* control : std::initializer_list<QWidget*>{m_load, m_precision, m_device}) first->addWidget(control);
    first->addStretch();
    auto* second = new QHBoxLayout;
    for (auto* control : {m_quantise, m_check, m_remove}) second->addWidget(control);
    second->addStretch();
    layout->addLayout(first);
    layout->addLayout(second);
    return actions;
}

void ModelsPanel::fillDevices(const QStringList& devices) {
    m_device->clear();
    for (const auto& device : devices) {
        const auto number = device.section(':', 1);
        m_device->addItem(device == "cpu"      ? tr("Processor")
                          : number.isEmpty() ? tr("Graphics card (CUDA)")
                                             : tr("Graphics card %1 (CUDA)").arg(number),
                          device);
    }
}

void ModelsPanel::followJobs() {
    const auto show = [this](bool visible) {
        for (auto* part : std::initializer_list<QWidget*>{m_job, m_progress, m_stop}) part->setVisible(visible);
    };
    show(false);
    connect(&m_models.worker(), &Worker::started, this, [this](JobId, const QString& title) {
        m_job->setText(title);
        m_progress->setValue(0);
    });
    connect(&m_models.worker(), &Worker::progressed, this, [this, show](JobId, const QString&, double share, double) {
        m_progress->setValue(static_cast<int>(share * 1000));
        show(true);
    });
    connect(&m_models.worker(), &Worker::ended, this, [show] { show(false); });
}

int ModelsPanel::row() const { return m_list->currentIndex().isValid() ? m_list->currentIndex().row() : -1; }

void ModelsPanel::select(int row) { m_list->setCurrentIndex(m_models.index(row)); }

void ModelsPanel::add(const QString& path) { select(m_models.add(path)); }

void ModelsPanel::chooseFolder() {
    const auto folder = QFileDialog::getExistingDirectory(this, tr("Add a checkpoint’s folder"));
    if (!folder.isEmpty()) add(folder);
}

void ModelsPanel::chooseFile() {
    const auto file = QFileDialog::getOpenFileName(this, tr("Add a GGUF file"), {}, tr("GGUF files (*.gguf)"));
    if (!file.isEmpty()) add(file);
}

void ModelsPanel::showDetails() {
    const bool any = row() >= 0;
    for (auto* control : std::initializer_list<QWidget*>{m_load, m_precision, m_device, m_quantise, m_check, m_remove})
        control->setEnabled(any);
    m_findings->clear();
    m_notice->hide();
    if (!any) {
        m_title->setText(tr("No model"));
        m_facts->setText(m_models.bundledProblem().isEmpty() ? tr("Add a checkpoint’s folder.") : m_models.bundledProblem());
        return;
    }
    const auto& model = m_models.at(row());
    const auto state = m_models.stateOf(row());
    m_title->setText(m_models.title(row()));
    Facts facts;
    facts.add(tr("Place"), QDir::toNativeSeparators(model.path) + (model.bundled ? tr("  (comes with the program)") : QString()));
    if (model.bundled) facts.add(tr("Knows"), KnownModels::bundledKnowledge());
    if (model.report) {
        facts.add(tr("Family"), familyTitle(QString::fromStdString(model.report->family)));
        facts.add(tr("Parameters"), QLocale().toString(static_cast<qlonglong>(model.report->parameters)));
        facts.add(tr("Weights on disk"), sizeText(*model.report));
        facts.add(tr("Memory needed"), memoryText(*model.report));
        if (const auto free = engine::availableMemory()) facts.add(tr("Memory free"), bytes(*free));
    }
    if (state == ModelState::Loaded) {
        const auto& summary = m_workspace.model.facts()->summary;
        facts.add(tr("Loaded as"), QString("%1 · %2 · %3").arg(QString::fromStdString(summary.device),
                                                              QString::fromStdString(summary.precision),
                                                              bytes(summary.weightBytes)));
        facts.add(tr("Because"), QString::fromStdString(summary.deviceReason));
    }
    m_facts->setText(facts.text());
    if (state == ModelState::Crashed) {
        m_notice->setText(tr("The program ended while it was loading this model. Check every value first, or load it "
                             "once more; other programs that take memory are best closed before."));
        m_notice->show();
    }
    const auto options = m_models.options(model.path);
    m_precision->setCurrentIndex(m_precision->findData(engine::name(options.precision)));
    m_device->setCurrentIndex(std::max(0, m_device->findData(QString::fromStdString(options.device))));
    const bool usable = model.report && model.report->loadable;
    m_load->setText(state == ModelState::Loaded ? tr("Load again") : state == ModelState::Crashed ? tr("Load anyway") : tr("Load"));
    m_load->setEnabled(usable && state != ModelState::Loading);
    m_quantise->setEnabled(usable);
    m_remove->setEnabled(!model.bundled);
    showFindings();
}

void ModelsPanel::showFindings() {
    const auto& model = m_models.at(row());
    const auto add = [this](const QString& iconName, const QString& text) {
        auto* item = new QListWidgetItem(icon(iconName), text, m_findings);
        item->setFlags(Qt::ItemIsEnabled);
    };
    if (!model.problem.isEmpty()) add("circle-x", model.problem);
    if (!model.report) return;
    for (const auto& finding : model.report->findings) {
        using enum engine::Finding::Weight;
        add(finding.weight == Refusal ? "circle-x" : finding.weight == Warning ? "triangle-alert" : "info",
            QString::fromStdString(finding.text));
    }
    if (model.report->findings.empty()) add("circle-check", tr("Everything that loading needs is here."));
    for (const auto& [name, size] : model.report->files) add("check", QString("%1   %2").arg(QString::fromStdString(name), bytes(size)));
}

void ModelsPanel::storeOptions() {
    auto options = m_models.options(m_models.at(row()).path);
    options.precision = engine::precisionNamed(m_precision->currentData().toString().toStdString());
    options.device = m_device->currentData().toString().toStdString();
    m_models.setOptions(m_models.at(row()).path, options);
}

void ModelsPanel::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void ModelsPanel::dropEvent(QDropEvent* event) {
    for (const auto& url : event->mimeData()->urls())
        if (url.isLocalFile()) add(url.toLocalFile());
}

void ModelsPanel::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape && isWindow()) close();
    else QWidget::keyPressEvent(event);
}

}  // namespace fusionscope::ui
