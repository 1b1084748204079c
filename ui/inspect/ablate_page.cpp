#include "ui/inspect/ablate_page.h"

#include <qcustomplot.h>

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <cmath>

#include "core/engine/folder_report.h"
#include "core/files/error.h"
#include "core/files/output_file.h"
#include "core/fusion/fusion_names.h"
#include "ui/common/accessible_role.h"
#include "ui/common/refusal.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/export/command_line.h"
#include "ui/inspect/ablation_table.h"
#include "ui/inspect/labels.h"
#include "ui/inspect/plot_look.h"
#include "ui/inspect/word_flow.h"
#include "ui/plot/numbers.h"

namespace fusionscope::ui {

namespace {

using engine::AblationFill;
using engine::WordChange;

enum Where { WholePicture, SelectedPatches, MarkedRegion };

QLabel* textLabel() {
    auto* label = new QLabel;
    label->setWordWrap(true);
    label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setTextFormat(Qt::RichText);
    return label;
}

QLabel* headLabel() {
    auto* label = new QLabel;
    label->setForegroundRole(QPalette::PlaceholderText);
    label->setFont(textFont(TextSize::Small));
    return label;
}

/// The words of one side of a comparison, with what is only there marked.
QString marked(const std::vector<WordChange>& changes, WordChange::Kind own, const QString& style) {
    QStringList words;
    for (const auto& change : changes) {
        const auto word = QString::fromStdString(change.text).toHtmlEscaped();
        if (change.kind == WordChange::Kind::Same)
            words += word;
        else if (change.kind == own)
            words += QStringLiteral("<span style=\"%1\">%2</span>").arg(style, word);
    }
    return words.join(u' ');
}

size_t pictureIn(const engine::ChatRequest& request, const QString& hash) {
    for (size_t i = 0; i < request.pictures.size(); ++i)
        if (QString::fromStdString(request.pictures[i].hash()) == hash) return i;
    return 0;
}

}  // namespace

AblatePage::AblatePage(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_pages(new QStackedWidget), m_message(headLabel()) {
    auto* empty = new QLabel(tr("Ask about a picture: here its answer is made again without parts of what the model sees."));
    empty->setForegroundRole(QPalette::PlaceholderText);
    empty->setAlignment(Qt::AlignCenter);
    empty->setWordWrap(true);
    empty->setMargin(48);

    auto* top = new QWidget;
    auto* column = new QVBoxLayout(top);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(makeChoices());
    column->addWidget(m_message);
    column->addWidget(makeAnswers(), 1);
    auto* split = new QSplitter(Qt::Vertical);
    split->addWidget(top);
    split->addWidget(makeSweep());
    split->setStretchFactor(0, 1);
    split->setStretchFactor(1, 1);
    split->setChildrenCollapsible(false);
    auto* content = new QWidget;
    auto* inside = new QVBoxLayout(content);
    inside->setContentsMargins(12, 8, 12, 8);
    inside->addWidget(split);
    m_pages->addWidget(empty);
    m_pages->addWidget(content);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_pages);
    m_message->setWordWrap(true);
    m_message->hide();
    makeMenus();

    connect(this, &AblatePage::answered, this, [this](const auto& exchange, const auto& baseline) {
        if (exchange == m_exchange) m_baseline = baseline;
    }, Qt::QueuedConnection);
    connect(this, &AblatePage::ablated, this, &AblatePage::takeResult, Qt::QueuedConnection);
    connect(this, &AblatePage::written, this, [this](const QString& file) { say(tr("Written: %1").arg(file)); },
            Qt::QueuedConnection);
    connect(&workspace.worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job != m_job) return;
        m_job = 0;
        if (end == JobEnd::Failed) say(message);
        updateEnabled();
    });
    connect(&workspace.reader, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job == m_exportJob && end == JobEnd::Failed) say(message);
    });
    connect(&workspace.answer, &CurrentAnswer::changed, this, &AblatePage::follow);
    connect(&workspace.model, &CurrentModel::changed, this, &AblatePage::follow);
    connect(&workspace.pictures, &Pictures::opened, this, &AblatePage::fillPictures);
    connect(&workspace.pictures, &Pictures::closed, this, &AblatePage::fillPictures);
    follow();
}

QWidget* AblatePage::menus() const { return m_menus; }

QWidget* AblatePage::makeChoices() {
    m_question = new QLabel;
    m_question->setWordWrap(true);
    m_question->setTextFormat(Qt::PlainText);
    auto* blocks = new QWidget;
    m_blockRow = new QHBoxLayout(blocks);
    m_blockRow->setContentsMargins(0, 0, 0, 0);
    m_blockRow->setSpacing(12);
    m_where = new QComboBox;
    m_where->addItems({tr("whole picture"), tr("selected patches"), tr("last marked region")});
    m_where->setAccessibleName(tr("Where it is switched off"));
    m_fill = new QComboBox;
    m_fill->addItems({tr("zero"), tr("the mean"), tr("another picture")});
    m_fill->setAccessibleName(tr("What stands for it"));
    m_other = new QComboBox;
    m_other->setAccessibleName(tr("The other picture"));
    m_other->setMaximumWidth(140);
    m_other->hide();
    const auto channelBox = [](const QString& name, const QString& special) {
        auto* box = new QSpinBox;
        box->setRange(-1, 1 << 20);
        box->setValue(-1);
        box->setSpecialValueText(special);
        box->setAccessibleName(name);
        return box;
    };
    m_firstChannel = channelBox(tr("First channel"), tr("first"));
    m_lastChannel = channelBox(tr("Last channel"), tr("last"));
    m_ablate = new QPushButton(tr("Switch off"));
    m_ablate->setObjectName(QStringLiteral("ablate"));
    m_sweep = new QPushButton(tr("Sweep all parts"));
    m_sweep->setObjectName(QStringLiteral("sweep"));
    connect(m_ablate, &QPushButton::clicked, this, &AblatePage::ablate);
    connect(m_sweep, &QPushButton::clicked, this, &AblatePage::sweep);
    connect(m_fill, &QComboBox::currentIndexChanged, this, [this](int fill) {
        m_other->setVisible(fill == static_cast<int>(AblationFill::OtherPicture));
    });

    auto* panel = new QWidget;
    auto* grid = new QGridLayout(panel);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    const auto line = [&](int row, const QString& name, std::initializer_list<QWidget*> widgets) {
        auto* label = new QLabel(name);
        label->setForegroundRole(QPalette::PlaceholderText);
        auto* across = new QHBoxLayout;
        across->setSpacing(8);
        for (auto* widget : widgets) across->addWidget(widget);
        across->addStretch();
        grid->addWidget(label, row, 0);
        grid->addLayout(across, row, 1);
    };
    grid->addWidget(m_question, 0, 0, 1, 2);
    line(1, tr("parts"), {blocks});
    line(2, tr("where"), {m_where, new QLabel(tr("channels")), m_firstChannel, new QLabel(QStringLiteral("–")), m_lastChannel});
    line(3, tr("replaced by"), {m_fill, m_other, m_ablate, m_sweep});
    grid->setColumnStretch(1, 1);
    return panel;
}

QWidget* AblatePage::makeAnswers() {
    m_originalHead = headLabel();
    m_newHead = headLabel();
    m_original = textLabel();
    m_original->setAccessibleName(tr("Original answer"));
    m_new = textLabel();
    m_new->setAccessibleName(tr("Answer without the part"));
    m_words = new WordFlow;
    auto* panel = new QWidget;
    auto* grid = new QGridLayout(panel);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(24);
    grid->setVerticalSpacing(4);
    grid->addWidget(m_originalHead, 0, 0);
    grid->addWidget(m_newHead, 0, 1);
    grid->addWidget(m_original, 1, 0);
    grid->addWidget(m_new, 1, 1);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    auto* words = headLabel();
    words->setText(tr("log-probability of the original answer, word by word: what each word lost or gained"));
    words->setWordWrap(true);
    grid->addWidget(words, 2, 0, 1, 2);
    grid->addWidget(m_words, 3, 0, 1, 2);
    grid->setRowStretch(4, 1);
    connect(m_words, &WordFlow::chosen, this, [this](int word) {
        m_words->setChosen(word);
        if (!m_baseline || !m_exchange) return;
        const auto& span = m_baseline->words[static_cast<size_t>(word)];
        m_workspace.selection.setWord(
            WordRef{m_exchange->turn, static_cast<int>(span.first), static_cast<int>(span.count)});
    });
    auto* area = new QScrollArea;
    area->setWidget(panel);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    return area;
}

QWidget* AblatePage::makeSweep() {
    m_table = new AblationTable(this);
    m_tableView = new QTableView;
    m_tableView->setModel(m_table);
    m_tableView->setAccessibleName(tr("Answers without each part"));
    m_tableView->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_tableView->setSelectionMode(QAbstractItemView::SingleSelection);
    m_tableView->setShowGrid(false);
    m_tableView->setFrameShape(QFrame::NoFrame);
    m_tableView->setWordWrap(false);
    m_tableView->verticalHeader()->hide();
    m_tableView->verticalHeader()->setDefaultSectionSize(26);
    m_tableView->horizontalHeader()->setHighlightSections(false);
    m_tableView->horizontalHeader()->setStretchLastSection(true);
    m_tableView->setColumnWidth(AblationTable::Part, 130);
    for (const auto figures : {AblationTable::Change, AblationTable::Divergence})
        m_tableView->horizontalHeader()->setSectionResizeMode(figures, QHeaderView::ResizeToContents);
    connect(m_tableView->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) { showResult(current.row()); });

    m_plot = new QCustomPlot;
    m_plot->setObjectName(QStringLiteral("ablationPlot"));
    m_plot->setMinimumSize(200, 140);
    m_plot->setAccessibleName(tr("Change of the original answer's log-probability without each part"));
    setAccessibleRole(*m_plot, QAccessible::Chart);
    m_bars = new QCPBars(m_plot->yAxis, m_plot->xAxis);
    m_bars->setWidth(0.6);
    m_plot->xAxis->setLabel(tr("change of log p"));
    m_plot->xAxis->ticker()->setTickCount(3);
    m_plot->yAxis->setRangeReversed(true);
    m_plot->yAxis->grid()->setVisible(false);
    m_plot->yAxis->setTicker(QSharedPointer<QCPAxisTickerText>(new QCPAxisTickerText));
    dressPlot();

    auto* split = new QSplitter(Qt::Horizontal);
    split->addWidget(m_tableView);
    split->addWidget(m_plot);
    split->setStretchFactor(0, 1);
    split->setStretchFactor(1, 1);
    split->setSizes({1000, 1000});
    split->setChildrenCollapsible(false);
    return split;
}

void AblatePage::makeMenus() {
    m_menus = new QToolButton;
    m_menus->setText(tr("Export"));
    m_menus->setAccessibleName(tr("Export the ablation"));
    m_menus->setPopupMode(QToolButton::InstantPopup);
    m_menus->setFocusPolicy(Qt::StrongFocus);
    auto* menu = new QMenu(m_menus);
    menu->addAction(tr("Table (CSV)…"), this, [this] { exportTable(false); });
    menu->addAction(tr("Everything (JSON)…"), this, [this] { exportTable(true); });
    menu->addAction(tr("Plot as picture (PNG)…"), this, [this] { exportPlot("png"); });
    menu->addAction(tr("Plot as page (PDF)…"), this, [this] { exportPlot("pdf"); });
    menu->addSeparator();
    menu->addAction(tr("Copy the command line that repeats this"), this, &AblatePage::copyCommand);
    connect(menu, &QMenu::aboutToShow, this, [this, menu] {
        for (auto* action : menu->actions()) action->setEnabled(!m_table->results().empty());
    });
    m_menus->setMenu(menu);
}

/// Begins anew with the answer that is looked at now.
void AblatePage::follow() {
    const auto facts = m_workspace.model.facts();
    auto exchange = m_workspace.answer.exchange();
    if (!facts || !fusesBlocks(facts->summary) || !exchange || exchange->request.pictures.empty()) exchange = nullptr;
    m_workspace.worker.stop(m_job);
    ++m_run;  // what is under way is of another answer
    m_exchange = exchange;
    m_baseline = nullptr;
    m_table->clear();
    drawBars();
    m_words->setWords({});
    m_newHead->clear();
    m_new->clear();
    say({});
    m_pages->setCurrentIndex(exchange ? 1 : 0);
    updateEnabled();
    if (!exchange) return;
    m_question->setText(questionOf(exchange->request));
    m_originalHead->setText(tr("original answer"));
    m_original->setText(QString::fromStdString(exchange->answer.text).toHtmlEscaped());
    fillBlocks();
    fillPictures();
}

void AblatePage::fillBlocks() {
    const auto& order = m_exchange->request.encoding.fusion.order;
    const bool same = std::ranges::equal(order, m_blocks, {}, {}, [](const auto& entry) { return entry.first; });
    if (same) return;
    for (auto& [block, box] : m_blocks) delete box;
    m_blocks.clear();
    for (const auto block : order) {
        auto* box = new QCheckBox(blockTitle(block));
        box->setObjectName(QString::fromLatin1(fusion::name(block)));
        m_blockRow->addWidget(box);
        m_blocks.emplace_back(block, box);
        connect(box, &QCheckBox::toggled, this, &AblatePage::updateEnabled);
    }
}

void AblatePage::fillPictures() {
    const auto chosenHash = m_other->currentData().toString();
    m_other->clear();
    for (const auto& hash : m_workspace.pictures.order())
        if (const auto picture = m_workspace.pictures.find(hash)) m_other->addItem(picture->name, hash);
    if (const int index = m_other->findData(chosenHash); index >= 0) m_other->setCurrentIndex(index);
}

void AblatePage::updateEnabled() {
    m_ablate->setEnabled(m_exchange && m_job == 0);
    m_sweep->setEnabled(m_exchange && m_job == 0);
}

engine::Ablation AblatePage::chosen() const {
    engine::Ablation ablation;
    for (const auto& [block, box] : m_blocks)
        if (box->isChecked()) ablation.blocks.push_back(block);
    const auto picture = m_workspace.selection.picture();
    if (m_where->currentIndex() == MarkedRegion) {
        const auto& regions = m_workspace.regions.of(picture);
        if (regions.empty()) throw refusal(tr("no region is marked"), {}, tr("Draw a box round a part of the picture."));
        const auto box = regions.back().outline.boundingRect();
        ablation.regions.push_back({box.left(), box.top(), box.right(), box.bottom()});
    } else if (m_where->currentIndex() == SelectedPatches) {
        const auto facts = m_workspace.model.facts();
        const auto depth = std::ranges::find(facts->activations, std::string("tower/image"), &models::ActivationInfo::name);
        if (depth == facts->activations.end() || m_workspace.selection.places().empty())
            throw refusal(tr("no patch is selected"), {}, tr("Click a patch of the picture or of a map."));
        const auto rows = static_cast<int>(depth->shape[0]), columns = static_cast<int>(depth->shape[1]);
        for (const auto& place : m_workspace.selection.places()) {
            const int row = std::clamp(static_cast<int>(place.y * rows), 0, rows - 1);
            const int column = std::clamp(static_cast<int>(place.x * columns), 0, columns - 1);
            ablation.patches.push_back(row * columns + column);
        }
    }
    const int first = m_firstChannel->value(), last = m_lastChannel->value();
    if ((first < 0) != (last < 0) || first > last)
        throw refusal(tr("the channels are no range"), {}, tr("Give a first and a last channel, or neither."));
    if (first >= 0) ablation.channels = {first, last};
    ablation.fill = static_cast<AblationFill>(m_fill->currentIndex());
    if (ablation.fill == AblationFill::OtherPicture) {
        const auto other = m_workspace.pictures.find(m_other->currentData().toString());
        if (!other) throw refusal(tr("there is no other picture"), {}, tr("Open one."));
        ablation.other = other->handle;
    }
    return ablation;
}

void AblatePage::ablate() { start(false); }

void AblatePage::sweep() { start(true); }

void AblatePage::start(bool wholeSweep) {
    if (!m_exchange || m_job != 0) return;
    try {
        m_wanted = chosen();
    } catch (const Error& error) {
        say(QString::fromUtf8(error.what()));
        return;
    }
    say({});
    m_wasSweep = wholeSweep;
    m_table->clear();
    drawBars();
    const auto picture = pictureIn(m_exchange->request, m_workspace.selection.picture());
    const auto kept = m_baseline && m_baseline->picture == picture ? m_baseline : nullptr;
    m_job = m_workspace.worker.submit(
        wholeSweep ? tr("Switching off each part") : tr("Answering without a part"),
        [this, run = ++m_run, exchange = m_exchange, kept, picture, wanted = m_wanted, wholeSweep](WorkerContext& context) {
            auto& model = context.loaded();
            auto baseline = kept;
            if (!baseline) {
                baseline = std::make_shared<const engine::AblationBaseline>(
                    engine::ablationBaseline(model, exchange->request, picture, {}, context.control));
                emit answered(exchange, baseline);
            }
            const auto ablations = wholeSweep ? engine::sweepOf(*baseline, wanted) : std::vector{wanted};
            for (size_t i = 0; i < ablations.size(); ++i) {
                context.control.report("Switching off " + partTitle(ablations[i]).toStdString(),
                                       static_cast<double>(i) / static_cast<double>(ablations.size()));
                emit ablated(run, std::make_shared<const engine::AblationResult>(
                                      engine::ablate(model, *baseline, ablations[i], {}, {context.control.stop, {}})));
            }
        });
    updateEnabled();
}

void AblatePage::takeResult(quint64 run, const std::shared_ptr<const engine::AblationResult>& result) {
    if (run != m_run) return;
    m_table->append(result);
    drawBars();
    if (m_table->results().size() == 1) m_tableView->selectRow(0);
}

void AblatePage::showResult(int row) {
    if (row < 0 || row >= static_cast<int>(m_table->results().size()) || !m_baseline) return;
    const auto& result = *m_table->results()[static_cast<size_t>(row)];
    const auto number = [](double value) { return plot::formatted(value, 2); };
    m_originalHead->setText(tr("original answer   log p %1").arg(number(m_baseline->logProbability)));
    m_newHead->setText(tr("without %1   log p of the original %2 (%3)")
                           .arg(partTitle(result.ablation), number(result.logProbability), number(result.change)));
    m_original->setText(marked(result.changes, WordChange::Kind::Removed, QStringLiteral("text-decoration: line-through;")));
    m_new->setText(marked(result.changes, WordChange::Kind::Added,
                          QStringLiteral("font-weight: 600; color: %1;").arg(palette().color(QPalette::Highlight).name())));
    std::vector<WordFlow::Word> words;
    for (size_t i = 0; i < m_baseline->words.size(); ++i) {
        const auto& word = m_baseline->words[i];
        words.push_back({word.text.empty() ? tr("(end)") : QString::fromStdString(word.text), result.wordChanges[i], false});
    }
    m_words->setWords(std::move(words));
}

void AblatePage::drawBars() {
    QVector<double> keys, values;
    QSharedPointer<QCPAxisTickerText> names(new QCPAxisTickerText);
    double low = 0, high = 0;
    for (const auto& result : m_table->results()) {
        keys.append(keys.size());
        values.append(result->change);
        names->addTick(keys.last(), partTitle(result->ablation));
        low = std::min(low, result->change);
        high = std::max(high, result->change);
    }
    const double margin = std::max(0.05, 0.05 * (high - low));
    m_bars->setData(keys, values, true);
    m_plot->yAxis->setTicker(names);
    m_plot->yAxis->setRange(-0.6, std::max<double>(0.6, static_cast<double>(keys.size()) - 0.4));
    m_plot->yAxis->setRangeReversed(true);
    m_plot->xAxis->setRange(low - margin, high + margin);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void AblatePage::dressPlot() {
    dress(*m_plot, palette());
    m_bars->setPen(Qt::NoPen);
    m_bars->setBrush(palette().color(QPalette::Highlight));
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void AblatePage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) dressPlot();
    QWidget::changeEvent(event);
}

std::string AblatePage::commandLine() const {
    const auto& request = m_exchange->request;
    std::vector<std::string> arguments = {"ablate"};
    const auto add = [&](const char* option, const std::string& value) { arguments.insert(arguments.end(), {option, value}); };
    const auto pathOf = [&](const engine::PictureHandle& handle) {
        const auto picture = m_workspace.pictures.find(QString::fromStdString(handle.hash()));
        return !picture ? handle.hash() : (picture->path.isEmpty() ? picture->name : picture->path).toStdString();
    };
    add("--image", pathOf(request.pictures[m_baseline ? m_baseline->picture : 0]));
    add("--prompt", questionOf(request).toStdString());
    const auto facts = m_workspace.model.facts();
    for (auto& argument : exporting::modelArguments(facts->summary.folder, facts->options)) arguments.push_back(std::move(argument));
    for (auto& argument : exporting::generationArguments(request.generation)) arguments.push_back(std::move(argument));
    if (!m_wanted.blocks.empty() && !m_wasSweep) add("--off", fusion::namesOf(m_wanted.blocks));
    std::string patches;
    for (const int patch : m_wanted.patches) patches += concat(patches.empty() ? "" : ",", patch);
    if (!patches.empty()) add("--patches", patches);
    for (const auto& region : m_wanted.regions)
        add("--region", concat(region.x0, ',', region.y0, ',', region.x1 - region.x0, ',', region.y1 - region.y0));
    if (m_wanted.channels) add("--channels", concat(m_wanted.channels->first, '-', m_wanted.channels->second));
    if (m_wanted.fill != AblationFill::Zero) add("--fill", engine::name(m_wanted.fill));
    if (m_wanted.fill == AblationFill::OtherPicture) arguments.push_back(pathOf(m_wanted.other));
    if (m_wasSweep) arguments.emplace_back("--sweep");
    return exporting::commandLine(arguments);
}

void AblatePage::exportTable(bool json) {
    const auto file = QFileDialog::getSaveFileName(this, tr("Export the ablation"), json ? "ablation.json" : "ablation.csv");
    if (file.isEmpty() || !m_baseline) return;
    std::vector<engine::AblationResult> results;
    for (const auto& result : m_table->results()) results.push_back(*result);
    const auto model = m_workspace.model.facts()->summary;
    m_exportJob = m_workspace.reader.submit(
        tr("Exporting %1").arg(file),
        [this, file, json, results, model, baseline = m_baseline, command = commandLine()](WorkerContext& context) {
            const auto text = json ? engine::ablationJson(*baseline, results, model,
                                                          engine::checkpointHash(model.folder, context.control), command)
                                   : engine::ablationCsv(*baseline, results);
            files::writeText(file.toStdString(), text);
            emit written(file);
        });
}

void AblatePage::exportPlot(const QString& ending) {
    const auto file = QFileDialog::getSaveFileName(this, tr("Export the plot"), "ablation." + ending);
    if (file.isEmpty()) return;
    const bool done = ending == "pdf" ? m_plot->savePdf(file, 0, 0, QCP::epNoCosmetic) : m_plot->savePng(file, 0, 0, 2);
    say(done ? tr("Written: %1").arg(file) : tr("%1 cannot be written. Choose another folder.").arg(file));
}

void AblatePage::copyCommand() {
    const auto line = QString::fromStdString(commandLine());
    QGuiApplication::clipboard()->setText(line);
    say(tr("Copied: %1").arg(line));
}

void AblatePage::say(const QString& message) {
    m_message->setText(message);
    m_message->setVisible(!message.isEmpty());
}

}  // namespace fusionscope::ui
