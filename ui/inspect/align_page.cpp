#include "ui/inspect/align_page.h"

#include <qcustomplot.h>

#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>

#include "core/engine/folder_report.h"
#include "core/engine/program_files.h"
#include "core/files/error.h"
#include "ui/common/accessible_role.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/export/command_line.h"
#include "ui/inspect/alignment_table.h"
#include "ui/inspect/labels.h"
#include "ui/inspect/plot_look.h"

namespace fusionscope::ui {

namespace {

std::filesystem::path folderOf(const QString& folder) {
    return folder.isEmpty() ? engine::samplePairs() : std::filesystem::path(folder.toStdString());
}

template <class Box, class Value>
Box* numberBox(const QString& name, Value low, Value high, Value value) {
    auto* box = new Box;
    box->setRange(low, high);
    box->setValue(value);
    box->setAccessibleName(name);
    return box;
}

}  // namespace

AlignPage::AlignPage(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_message(new QLabel), m_chance(new QLabel), m_plot(new QCustomPlot),
      m_table(new AlignmentTable(this)), m_tableView(new QTableView) {
    for (auto* label : {m_message, m_chance}) {
        label->setForegroundRole(QPalette::PlaceholderText);
        label->setFont(textFont(TextSize::Small));
        label->setWordWrap(true);
    }
    m_message->hide();
    m_plot->setObjectName(QStringLiteral("alignmentPlot"));
    m_plot->setMinimumHeight(160);
    m_plot->setAccessibleName(tr("Alignment loss over the steps of training"));
    setAccessibleRole(*m_plot, QAccessible::Chart);
    m_plot->xAxis->setLabel(tr("steps of training"));
    m_plot->yAxis->setLabel(tr("alignment loss (lower is better)"));
    m_plot->legend->setVisible(true);
    // Beside the curves, which it would cover.
    auto* side = new QCPLayoutGrid;
    m_plot->plotLayout()->addElement(0, 1, side);
    side->addElement(0, 0, m_plot->legend);
    side->addElement(1, 0, new QCPLayoutElement);  // an empty grid would keep the curves as low as the legend
    side->setMargins(QMargins(0, 12, 0, 0));
    m_plot->plotLayout()->setColumnStretchFactor(1, 0.001);
    side->setRowStretchFactor(0, 0.001);
    m_tableView->setModel(m_table);
    m_tableView->setAccessibleName(tr("Agreement of each part with text"));
    m_tableView->setShowGrid(false);
    m_tableView->setFrameShape(QFrame::NoFrame);
    m_tableView->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_tableView->verticalHeader()->hide();
    m_tableView->verticalHeader()->setDefaultSectionSize(26);
    m_tableView->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_tableView->horizontalHeader()->setSectionResizeMode(AlignmentTable::Part, QHeaderView::Stretch);
    m_tableView->horizontalHeader()->setHighlightSections(false);

    auto* split = new QSplitter(Qt::Vertical);
    split->addWidget(m_plot);
    split->addWidget(m_tableView);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);
    split->setChildrenCollapsible(false);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 8, 12, 8);
    column->setSpacing(8);
    column->addWidget(makeChoices());
    column->addWidget(m_message);
    column->addWidget(m_chance);
    column->addWidget(split, 1);
    makeMenus();

    connect(this, &AlignPage::advanced, this, [this](quint64 run, const auto& results) {
        if (run == m_run) showResults(results);
    }, Qt::QueuedConnection);
    connect(this, &AlignPage::written, this, [this](const QStringList& files) {
        say(tr("Written: %1").arg(files.join(QStringLiteral(", "))));
    }, Qt::QueuedConnection);
    connect(&workspace.worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job == m_saveJob && end == JobEnd::Failed) say(message);
        if (job != m_job) return;
        m_job = 0;
        if (end == JobEnd::Failed) {
            m_study = nullptr;
            say(message);
        }
        updateButtons();
    });
    connect(&workspace.model, &CurrentModel::changed, this, [this] {
        stop();  // features of two models must not mix
        updateButtons();
    });
    connect(m_shown, &QComboBox::currentIndexChanged, this, &AlignPage::drawCurves);
    setFolder({});
    dressPlot();
    updateButtons();
}

QWidget* AlignPage::menus() const { return m_menus; }

QWidget* AlignPage::makeChoices() {
    const engine::AlignmentOptions defaults;
    m_pairs = new QLabel;
    m_pairs->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* choose = new QToolButton;
    choose->setText(tr("Choose pictures"));
    choose->setAccessibleName(tr("Choose captioned pictures"));
    choose->setPopupMode(QToolButton::InstantPopup);
    choose->setFocusPolicy(Qt::StrongFocus);
    auto* menu = new QMenu(choose);
    menu->addAction(tr("The sample pairs"), this, [this] { setFolder({}); });
    menu->addAction(tr("A folder with captions…"), this, [this] {
        const auto folder = QFileDialog::getExistingDirectory(this, tr("A folder with captions"), m_folder);
        if (!folder.isEmpty()) setFolder(folder);
    });
    choose->setMenu(menu);
    m_parts = new QComboBox;
    m_parts->setAccessibleName(tr("Parts to judge"));
    m_parts->addItem(tr("all nine parts"), QStringList{});
    m_parts->addItem(tr("all, and each left out"), QStringList{"all", "without *"});
    m_parts->addItem(tr("all, and each alone"), QStringList{"all", "* alone"});
    m_parts->addItem(tr("all features only"), QStringList{"all"});
    m_steps = numberBox<QSpinBox>(tr("Steps of each training"), 1, 1000000, defaults.steps);
    m_batch = numberBox<QSpinBox>(tr("Pairs of one step"), 2, 4096, defaults.batch);
    m_seeds = numberBox<QSpinBox>(tr("Trainings of each part"), 1, 100, defaults.seeds);
    m_depth = numberBox<QSpinBox>(tr("Linear layers of the projection"), 1, 2, defaults.depth);
    m_temperature = numberBox<QDoubleSpinBox>(tr("Temperature"), 0.001, 100.0, defaults.temperature);
    m_temperature->setDecimals(3);
    m_heldOut = numberBox<QDoubleSpinBox>(tr("Share held out"), 0.0, 0.9, defaults.heldOutShare);
    m_start = new QPushButton(tr("Start"));
    m_start->setObjectName(QStringLiteral("startAlignment"));
    m_stop = new QPushButton(tr("Stop"));
    m_shown = new QComboBox;
    m_shown->setAccessibleName(tr("Curves to show"));
    m_shown->addItems({tr("training loss"), tr("held-out loss")});
    connect(m_start, &QPushButton::clicked, this, [this] { m_job != 0 ? pause() : start(); });
    connect(m_stop, &QPushButton::clicked, this, &AlignPage::stop);

    auto* panel = new QWidget;
    auto* grid = new QGridLayout(panel);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(8);
    const auto quiet = [](const QString& text) {
        auto* label = new QLabel(text);
        label->setForegroundRole(QPalette::PlaceholderText);
        return label;
    };
    auto* first = new QHBoxLayout;
    first->addWidget(choose);
    first->addWidget(m_pairs, 1);
    constexpr int inRow = 3;  // more would widen the window past 1,280 pixels
    grid->addLayout(first, 0, 0, 1, 2 * inRow);
    const std::pair<QString, QWidget*> fields[] = {{tr("steps"), m_steps},   {tr("batch"), m_batch},
                                                   {tr("seeds"), m_seeds},   {tr("layers"), m_depth},
                                                   {tr("temperature"), m_temperature}, {tr("held out"), m_heldOut}};
    for (int i = 0; i < static_cast<int>(std::size(fields)); ++i) {
        grid->addWidget(quiet(fields[i].first), 1 + i / inRow, 2 * (i % inRow));
        grid->addWidget(fields[i].second, 1 + i / inRow, 2 * (i % inRow) + 1);
    }
    auto* choices = new QHBoxLayout;
    choices->addWidget(quiet(tr("parts")));
    choices->addWidget(m_parts, 1);
    choices->addWidget(quiet(tr("curves")));
    choices->addWidget(m_shown, 1);
    grid->addLayout(choices, 3, 0, 1, 2 * inRow);
    auto* last = new QHBoxLayout;
    last->addWidget(m_start);
    last->addWidget(m_stop);
    last->addStretch();
    grid->addLayout(last, 4, 0, 1, 2 * inRow);
    for (int i = 0; i < inRow; ++i) grid->setColumnStretch(2 * i + 1, 1);
    return panel;
}

void AlignPage::makeMenus() {
    m_menus = new QToolButton;
    m_menus->setText(tr("Export"));
    m_menus->setAccessibleName(tr("Export the alignment"));
    m_menus->setPopupMode(QToolButton::InstantPopup);
    m_menus->setFocusPolicy(Qt::StrongFocus);
    auto* menu = new QMenu(m_menus);
    menu->addAction(tr("Results (JSON, CSV, npz)…"), this, [this] {
        const auto folder = QFileDialog::getExistingDirectory(this, tr("A folder for the results"));
        if (!folder.isEmpty()) save(folder);
    });
    menu->addAction(tr("Plot as picture (PNG)…"), this, [this] { exportPlot("png"); });
    menu->addAction(tr("Plot as page (PDF)…"), this, [this] { exportPlot("pdf"); });
    menu->addSeparator();
    menu->addAction(tr("Copy the command line that repeats this"), this, [this] {
        const auto line = QString::fromStdString(commandLine(QStringLiteral("alignment")));
        QGuiApplication::clipboard()->setText(line);
        say(tr("Copied: %1").arg(line));
    });
    connect(menu, &QMenu::aboutToShow, this, [this, menu] {
        for (auto* action : menu->actions()) action->setEnabled(m_study != nullptr);
    });
    m_menus->setMenu(menu);
}

void AlignPage::setFolder(const QString& folder) {
    stop();
    m_folder = folder;
    try {
        const auto pairs = engine::readCaptionedPictures(folderOf(folder));
        const auto count = static_cast<int>(pairs.size());
        m_pairs->setText(folder.isEmpty() ? tr("%n sample pair(s) of picture and caption", nullptr, count)
                                          : tr("%n pair(s) in %1", nullptr, count).arg(folder));
        say({});
    } catch (const Error& error) {
        m_pairs->setText(folder);
        say(QString::fromUtf8(error.what()));
    }
}

void AlignPage::setOptions(const engine::AlignmentOptions& options) {
    m_steps->setValue(options.steps);
    m_batch->setValue(options.batch);
    m_seeds->setValue(options.seeds);
    m_depth->setValue(options.depth);
    m_temperature->setValue(options.temperature);
    m_heldOut->setValue(options.heldOutShare);
}

engine::AlignmentOptions AlignPage::options() const {
    engine::AlignmentOptions options;
    // A model that joins no blocks has one part, whatever is chosen.
    if (fusesBlocks(m_workspace.model.facts()->summary))
        for (const auto& pattern : m_parts->currentData().toStringList()) options.parts.push_back(pattern.toStdString());
    options.steps = m_steps->value();
    options.batch = m_batch->value();
    options.seeds = m_seeds->value();
    options.depth = m_depth->value();
    options.temperature = m_temperature->value();
    options.heldOutShare = m_heldOut->value();
    options.every = std::clamp(options.steps / 40, 1, 100);
    options.encoding = m_workspace.model.facts()->encoding;
    return options;
}

void AlignPage::start() {
    const auto facts = m_workspace.model.facts();
    if (m_job != 0) return;
    if (!facts || !engine::comparesTexts(facts->summary)) {
        say(tr("This needs a model that reads pictures and texts. Choose one under Model."));
        return;
    }
    if (!m_study || m_study->finished()) {
        try {
            m_study = std::make_shared<engine::AlignmentStudy>(folderOf(m_folder), options());
        } catch (const Error& error) {
            say(QString::fromUtf8(error.what()));
            return;
        }
        showResults(nullptr);
        ++m_run;
    }
    say({});
    m_job = m_workspace.worker.submit(tr("Measuring the agreement with text"),
                                      [this, study = m_study, run = m_run](WorkerContext& context) {
        study->advance(context.loaded(), context.control, [&](std::shared_ptr<const engine::AlignmentResults> results) {
            emit advanced(run, std::move(results));
        });
        emit advanced(run, study->results());
    });
    updateButtons();
}

void AlignPage::pause() { m_workspace.worker.stop(m_job); }

void AlignPage::stop() {
    pause();
    ++m_run;
    m_study = nullptr;
    updateButtons();
}

void AlignPage::updateButtons() {
    const bool runs = m_job != 0;
    m_start->setText(runs ? tr("Pause") : m_study && !m_study->finished() ? tr("Resume") : tr("Start"));
    m_start->setEnabled(m_workspace.model.facts() != nullptr);
    m_stop->setEnabled(m_study != nullptr);
    for (QWidget* field : {static_cast<QWidget*>(m_steps), static_cast<QWidget*>(m_batch), static_cast<QWidget*>(m_seeds),
                           static_cast<QWidget*>(m_depth), static_cast<QWidget*>(m_temperature),
                           static_cast<QWidget*>(m_heldOut), static_cast<QWidget*>(m_parts)})
        field->setEnabled(!runs && (!m_study || m_start->text() == tr("Start")));
    const auto facts = m_workspace.model.facts();
    if (facts && !fusesBlocks(facts->summary)) m_parts->setEnabled(false);
}

void AlignPage::showResults(const std::shared_ptr<const engine::AlignmentResults>& results) {
    const bool sameParts = m_results && results && m_curves.size() == results->parts.size();
    m_results = results;
    m_table->setResults(results);
    if (!sameParts) makeCurves();
    drawCurves();
    if (results)
        m_chance->setText(tr("%n pair(s); a projection that knows nothing has a loss of %1", nullptr,
                             static_cast<int>(results->pairs.size()))
                              .arg(results->chance, 0, 'f', 2));
    if (results && results->finished) updateButtons();
}

void AlignPage::makeCurves() {
    m_plot->clearGraphs();
    m_curves.clear();
    if (!m_results) return;
    for (const auto& scores : m_results->parts) {
        Curve curve{m_plot->addGraph(), m_plot->addGraph(), m_plot->addGraph()};
        curve.mean->setName(QString::fromStdString(scores.part.name));
        curve.high->setChannelFillGraph(curve.low);
        for (auto* edge : {curve.low, curve.high}) {
            edge->setPen(Qt::NoPen);
            edge->removeFromLegend();
        }
        m_curves.push_back(curve);
    }
    dressPlot();
}

void AlignPage::drawCurves() {
    const bool heldOut = m_shown->currentIndex() == 1;
    for (size_t part = 0; m_results && part < m_curves.size(); ++part) {
        const auto& curve = m_results->parts[part].curve;
        const auto bands = engine::bandOver(heldOut ? curve.heldOut : curve.losses);
        QVector<double> steps, mean, low, high;
        for (size_t point = 0; point < bands.size() && point < m_results->steps.size(); ++point) {
            steps.append(m_results->steps[point]);
            mean.append(bands[point].mean);
            low.append(bands[point].mean - bands[point].deviation);
            high.append(bands[point].mean + bands[point].deviation);
        }
        m_curves[part].mean->setData(steps, mean, true);
        m_curves[part].low->setData(steps, low, true);
        m_curves[part].high->setData(steps, high, true);
    }
    m_plot->rescaleAxes();
    if (m_results) m_plot->xAxis->setRange(0, m_results->options.steps);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void AlignPage::dressPlot() {
    dress(*m_plot, palette());
    for (size_t part = 0; part < m_curves.size(); ++part) {
        auto colour = lineColour(static_cast<int>(part), palette());
        m_curves[part].mean->setPen(QPen(colour, 2));
        colour.setAlpha(40);
        m_curves[part].high->setBrush(colour);
    }
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void AlignPage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) dressPlot();
    QWidget::changeEvent(event);
}

std::string AlignPage::commandLine(const QString& folder) const {
    const auto facts = m_workspace.model.facts();
    const auto chosen = m_results ? m_results->options : options();
    const engine::AlignmentOptions defaults;
    std::vector<std::string> arguments = {"align"};
    const auto add = [&](const char* option, const std::string& value) { arguments.insert(arguments.end(), {option, value}); };
    if (!m_folder.isEmpty()) add("--pairs", m_folder.toStdString());
    for (auto& argument : exporting::modelArguments(facts->summary.folder, facts->options)) arguments.push_back(std::move(argument));
    std::string parts;
    for (const auto& pattern : chosen.parts) parts += (parts.empty() ? std::string() : std::string(",")) + pattern;
    if (!parts.empty()) add("--parts", parts);
    const auto number = [&](const char* option, auto value, auto usual) {
        if (value != usual) add(option, concat(value));
    };
    number("--steps", chosen.steps, defaults.steps);
    number("--batch", chosen.batch, defaults.batch);
    number("--seeds", chosen.seeds, defaults.seeds);
    number("--depth", chosen.depth, defaults.depth);
    number("--temperature", chosen.temperature, defaults.temperature);
    number("--held-out", chosen.heldOutShare, defaults.heldOutShare);
    number("--every", chosen.every, defaults.every);
    add("--out", folder.toStdString());
    return exporting::commandLine(arguments);
}

void AlignPage::save(const QString& folder) {
    if (!m_study) return;
    m_saveJob = m_workspace.worker.submit(tr("Saving the alignment"), [this, study = m_study, folder, command = commandLine(folder)](WorkerContext& context) {
        const auto& model = context.loaded().summary();
        QStringList files;
        for (const auto& [kind, path] : study->save(folder.toStdString(), model,
                                                    engine::checkpointHash(model.folder, context.control), command))
            files += QString::fromStdString(path.string());
        emit written(files);
    });
}

void AlignPage::exportPlot(const QString& ending) {
    const auto file = QFileDialog::getSaveFileName(this, tr("Export the plot"), "alignment." + ending);
    if (file.isEmpty()) return;
    const bool done = ending == "pdf" ? m_plot->savePdf(file, 0, 0, QCP::epNoCosmetic) : m_plot->savePng(file, 0, 0, 2);
    say(done ? tr("Written: %1").arg(file) : tr("%1 cannot be written. Choose another folder.").arg(file));
}

void AlignPage::say(const QString& message) {
    m_message->setText(message);
    m_message->setVisible(!message.isEmpty());
}

}  // namespace fusionscope::ui
