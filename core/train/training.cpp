#include "core/train/training.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <optional>
#include <sstream>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/train/curve.h"
#include "core/train/matrix_work.h"
#include "core/train/optimizer.h"
#include "core/train/snapshot.h"

namespace fusionscope::train {

namespace {

using Clock = std::chrono::steady_clock;

// Losses in progress lines are running means; what a step adds.
constexpr double newShare = 0.05;
constexpr double sayEvery = 30;
// Steps between two looks at the losses: a GPU would stand still for each.
constexpr std::size_t stepsUnread = 16;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// What a checkpoint's JSON says.
struct TrainingState {
    int64_t seen = 0;  ///< pictures shown
    int64_t steps = 0;
    double seconds = 0;               ///< spent
    std::optional<double> bestExam;   ///< the lowest loss of an examination
    std::string source;
};

/// A run of a training in one process.
class Run {
  public:
    Run(Stage& stage, const Recipe& recipe, const TrainingOptions& options, c10::ScalarType compute)
        : m_stage(stage),
          m_recipe(recipe),
          m_options(options),
          m_compute(compute),
          m_optimizer(stage.weights(), recipe.optimizer, compute),
          m_average(stage.weights(), recipe.average) {
        m_state.source = options.source;
        if (std::filesystem::exists(checkpointOf(options.folder))) resume();
    }

    void finish() {
        std::vector<std::string> columns = {"pictures", "loss"};
        for (const auto& name : m_stage.partNames()) columns.push_back(name);
        columns.insert(columns.end(), {"gradient", "rate", "seconds"});
        Curve curve(m_options.folder / "curve.csv", columns, static_cast<double>(m_state.seen));
        Curve exams(m_options.folder / "exams.csv", {"pictures", "loss"}, static_cast<double>(m_state.seen));
        if (over()) {
            m_options.say(concat("The schedule was over already after ", m_state.seen, " pictures."));
            return;
        }
        const auto device = m_stage.weights().begin()->second.device();
        m_rate = matrixRate(m_compute, device);
        const std::size_t together = device.is_cpu() ? 1 : stepsUnread;
        m_stage.startAt(m_state.seen);
        m_before = m_state.seconds;
        m_begin = m_saidAt = m_savedAt = Clock::now();
        while (!over() && !m_options.stop.stop_requested()) {
            step();
            if (m_unread.size() >= together) read(curve);
            if (m_recipe.examineEvery > 0 && m_state.seen / m_recipe.examineEvery > (m_state.seen - m_recipe.batch) / m_recipe.examineEvery) {
                read(curve);
                examine(exams);
            }
            if (secondsSince(m_saidAt) >= sayEvery) say();
            if (secondsSince(m_savedAt) + m_stepSeconds >= m_options.saveSeconds) save(curve);
        }
        read(curve);
        say();
        save(curve);
        if (!over()) throw Stopped();
    }

  private:
    void resume() {
        const auto snapshot = Snapshot::read(checkpointOf(m_options.folder));
        const files::Fields fields(snapshot.state, checkpointOf(m_options.folder).string());
        m_state.seen = fields.integer("seen", {0});
        m_state.steps = fields.integer("steps", {0});
        m_state.seconds = fields.number("seconds", {0});
        m_state.source = fields.text("source");
        if (fields.has("best_exam")) m_state.bestExam = fields.number("best_exam");
        const at::NoGradGuard still;
        for (const auto& [name, weight] : m_stage.weights()) {
            const auto found = snapshot.tensors.find("weight/" + name);
            if (found == snapshot.tensors.end() || found->second.sizes() != weight.sizes())
                throw Error(concat("the weight ", name, " is missing or has another shape"), fields.where(),
                            "It belongs to another training: choose a new folder.");
            weight.copy_(found->second);
        }
        m_optimizer.load(snapshot.tensors);
        m_average.load(snapshot.tensors);
        m_options.say(concat("Going on after ", m_state.seen, " pictures."));
    }

    /// Share of the schedule that has passed, by pictures or by the clock.
    double done() const {
        const double byPictures = m_recipe.done(m_state.seen);
        return m_options.seconds ? std::min(1.0, std::max(byPictures, m_state.seconds / *m_options.seconds)) : byPictures;
    }
    bool over() const { return m_state.seen >= m_recipe.pictures || (m_options.seconds && m_state.seconds >= *m_options.seconds); }

    void step() {
        const auto begin = Clock::now();
        std::unique_ptr<MatrixWork> work;
        if (m_work == 0) work = std::make_unique<MatrixWork>();
        const double passed = done(), rate = m_recipe.rate(m_state.seen, passed);
        const StepLosses losses = m_stage.losses(m_state.seen, passed);
        losses.loss.backward();
        if (work) m_work = work->operations();
        work.reset();
        std::vector<Tensor> numbers = {losses.loss.detach()};
        numbers.insert(numbers.end(), losses.parts.begin(), losses.parts.end());
        numbers.push_back(m_optimizer.step(rate));
        m_state.seen += m_recipe.batch;
        ++m_state.steps;
        ++m_stepsHere;
        m_average.update(m_stage.weights(), m_state.steps);
        for (Tensor& number : numbers) number = number.to(c10::kDouble).reshape({});
        m_stepSeconds = secondsSince(begin);
        m_state.seconds = m_before + secondsSince(m_begin);
        m_unread.push_back({m_state.seen, at::stack(numbers), rate, m_state.seconds});
    }

    /// Waits for what the last steps came to.
    void read(Curve& curve) {
        if (m_unread.empty()) return;
        std::vector<Tensor> rows;
        for (const Step& step : m_unread) rows.push_back(step.numbers);
        const Tensor all = at::stack(rows).cpu();
        for (std::size_t i = 0; i < m_unread.size(); ++i) {
            const double* numbers = all.const_data_ptr<double>() + static_cast<int64_t>(i) * all.size(1);
            // Nothing has been saved since: the weights are as lost as if the program had been killed.
            if (!std::all_of(numbers, numbers + all.size(1), [](double number) { return std::isfinite(number); }))
                throw Error("the loss or its gradient is not a number any more", "training", "Go on from the last checkpoint with lower rates.");
            std::vector<double> row = {static_cast<double>(m_unread[i].seen)};
            row.insert(row.end(), numbers, numbers + all.size(1) - 1);
            if (m_means.empty()) m_means = row;
            for (std::size_t k = 0; k < m_means.size(); ++k) m_means[k] += newShare * (row[k] - m_means[k]);
            row.insert(row.end(), {numbers[all.size(1) - 1], m_unread[i].rate, m_unread[i].seconds});
            curve.add(row);
        }
        m_unread.clear();
    }

    void say() {
        m_saidAt = Clock::now();
        if (m_means.empty()) return;
        const double seconds = secondsSince(m_begin), pictures = static_cast<double>(m_stepsHere * m_recipe.batch);
        const double used = m_work * static_cast<double>(m_stepsHere) / seconds, byPictures = static_cast<double>(m_recipe.pictures - m_state.seen) * seconds / pictures;
        const double left = m_options.seconds ? std::min(byPictures, *m_options.seconds - m_state.seconds) : byPictures;
        std::ostringstream line;
        line << m_state.seen << " of " << m_recipe.pictures << " pictures, " << std::setprecision(3) << pictures / seconds
             << " a second, " << 100 * used / m_rate << " % of the machine's " << m_rate / 1e9 << " GFLOP/s, " << std::fixed
             << std::setprecision(1) << std::max(0.0, left) / 3600 << " h left; loss " << std::setprecision(3) << m_means.at(1);
        const auto names = m_stage.partNames();
        for (std::size_t i = 0; i < names.size(); ++i) line << ", " << names[i] << ' ' << m_means.at(i + 2);
        m_options.say(line.str());
    }

    /// Examines the running mean of the weights and keeps it if none was better.
    void examine(Curve& exams) {
        const at::NoGradGuard still;
        Tensors now;
        for (const auto& [name, weight] : m_stage.weights()) {
            now[name] = weight.detach().clone();
            weight.copy_(m_average.tensors().at(name));
        }
        const double loss = m_stage.examine(m_recipe.examined);
        for (const auto& [name, weight] : m_stage.weights()) weight.copy_(now.at(name));
        exams.add({static_cast<double>(m_state.seen), loss});
        exams.flush();
        m_options.say(concat("Examined after ", m_state.seen, " pictures: loss ", loss, m_state.bestExam ? concat(", the best was ", *m_state.bestExam) : "", "."));
        if (m_state.bestExam && loss >= *m_state.bestExam) return;
        m_state.bestExam = loss;
        Snapshot best;
        m_average.save(best.tensors);
        best.state = {{"seen", m_state.seen}, {"source", m_state.source}, {"loss", loss}};
        best.write(bestOf(m_options.folder));
    }

    void save(Curve& curve) {
        read(curve);
        curve.flush();
        Snapshot snapshot;
        for (const auto& [name, weight] : m_stage.weights()) snapshot.tensors["weight/" + name] = weight;
        m_optimizer.save(snapshot.tensors);
        m_average.save(snapshot.tensors);
        snapshot.state = {{"seen", m_state.seen}, {"steps", m_state.steps}, {"seconds", m_state.seconds}, {"source", m_state.source}};
        if (m_state.bestExam) snapshot.state["best_exam"] = *m_state.bestExam;
        snapshot.write(checkpointOf(m_options.folder));
        m_savedAt = Clock::now();
    }

    /// A step whose numbers nobody has waited for yet.
    struct Step {
        int64_t seen;
        Tensor numbers;  ///< loss, parts, the gradient's length
        double rate, seconds;
    };

    Stage& m_stage;
    const Recipe& m_recipe;
    const TrainingOptions& m_options;
    c10::ScalarType m_compute;
    Optimizer m_optimizer;
    Average m_average;
    TrainingState m_state;
    std::vector<Step> m_unread;
    std::vector<double> m_means;
    int64_t m_stepsHere = 0;
    double m_work = 0, m_rate = 1, m_before = 0, m_stepSeconds = 0;
    Clock::time_point m_begin, m_saidAt, m_savedAt;
};

}  // namespace

std::filesystem::path checkpointOf(const std::filesystem::path& folder) { return folder / "checkpoint.safetensors"; }
std::filesystem::path bestOf(const std::filesystem::path& folder) { return folder / "best.safetensors"; }

void runTraining(Stage& stage, const Recipe& recipe, const TrainingOptions& options, c10::ScalarType compute) {
    std::error_code failure;
    std::filesystem::create_directories(options.folder, failure);
    if (failure) throw Error("the folder cannot be made: " + failure.message(), options.folder.string());
    Run(stage, recipe, options, compute).finish();
}

}  // namespace fusionscope::train
