/// The script of pages: players whose tracks run together on one clock, and the view of the data.
///
/// A player decodes its tracks when it is first played. All tracks start at the same instant, and switching changes
/// only their gains, so the sound changes without a jump in time. The attributes `data-state`, `data-track` and
/// `data-position` of a player hold its state.
enum PageScript {
  static let text =
    #"""
    "use strict";
    (() => {
      const players = [];
      let context = null;
      let current = null;

      const clock = (seconds) => {
        const whole = Math.floor(seconds + 0.05);
        return Math.floor(whole / 60) + ":" + String(whole % 60).padStart(2, "0");
      };

      const bytes = (id) => {
        const text = atob(document.getElementById(id).textContent.trim());
        const result = new Uint8Array(text.length);
        for (let i = 0; i < text.length; i++) result[i] = text.charCodeAt(i);
        return result.buffer;
      };

      class Player {
        constructor(root) {
          this.root = root;
          this.tracks = JSON.parse(root.dataset.tracks);
          this.duration = Math.max(...this.tracks.filter((t) => !t.loops).map((t) => t.duration));
          this.button = root.querySelector(".play");
          this.seekBar = root.querySelector(".seek");
          this.output = root.querySelector(".time");
          this.matched = root.querySelector(".matched input");
          this.radios = [...root.querySelectorAll(".track input")];
          this.track = 0;
          this.offset = 0;
          this.nodes = [];
          this.state("idle");
          this.button.addEventListener("click", () => this.toggle());
          this.seekBar.addEventListener("input", () => this.seek(Number(this.seekBar.value)));
          this.matched.addEventListener("change", () => this.mix());
          this.radios.forEach((radio, index) => {
            radio.addEventListener("change", () => this.choose(index));
          });
          root.addEventListener("pointerdown", () => { current = this; });
          root.addEventListener("focusin", () => { current = this; });
          this.waves = [...root.querySelectorAll(".wave")].map((wave, index) => {
            const picture = wave.querySelector(".picture");
            picture.addEventListener("click", (event) => {
              const box = picture.getBoundingClientRect();
              this.seekInClip(index, (event.clientX - box.left) / box.width);
            });
            return picture.querySelector(".head");
          });
          for (const button of root.querySelectorAll("[data-seek]")) {
            button.addEventListener("click", () => this.seek(Number(button.dataset.seek)));
          }
          this.show();
        }

        state(name) {
          this.root.dataset.state = name;
          const isPlaying = name === "playing" || name === "loading";
          this.button.textContent = name === "loading" ? "Loading …" : isPlaying ? "Pause" : "Play";
          this.button.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
        }

        get isPlaying() { return this.root.dataset.state === "playing"; }

        position() {
          if (!this.isPlaying) return this.offset;
          return Math.max(0, context.currentTime - this.started) + this.offset;
        }

        async load() {
          if (this.loaded) return;
          context = context || new (window.AudioContext || window.webkitAudioContext)();
          await Promise.all(this.tracks.map(async (track) => {
            track.buffer = await context.decodeAudioData(bytes(track.audio));
          }));
          this.loaded = true;
          this.root.dataset.loaded = this.tracks.map((t) => t.buffer.duration.toFixed(2)).join(" ");
        }

        async toggle() {
          current = this;
          if (this.isPlaying) return this.pause();
          if (this.root.dataset.state === "loading") return;
          for (const other of players) if (other !== this && other.isPlaying) other.pause();
          this.state("loading");
          try {
            await this.load();
            await context.resume();
            if (this.offset >= this.duration - 0.05) this.offset = 0;
            this.start();
          } catch (error) {
            this.state("failed");
            this.output.textContent = "This browser cannot play the sound: " + error.message;
          }
        }

        start() {
          this.started = context.currentTime + 0.05;
          this.nodes = this.tracks.map((track) => {
            const source = context.createBufferSource();
            const gain = context.createGain();
            source.buffer = track.buffer;
            source.loop = Boolean(track.loops);
            source.connect(gain).connect(context.destination);
            const place = track.loops ? this.offset % track.buffer.duration : this.offset;
            source.start(this.started, Math.min(place, track.buffer.duration));
            return { source, gain };
          });
          this.state("playing");
          this.mix(true);
          const step = () => {
            if (!this.isPlaying) return;
            if (this.position() >= this.duration) {
              this.stop();
              this.offset = this.duration;
              this.state("paused");
            }
            this.show();
            requestAnimationFrame(step);
          };
          step();
        }

        stop() {
          for (const node of this.nodes) {
            try { node.source.stop(); } catch (error) { continue; }
            node.gain.disconnect();
          }
          this.nodes = [];
        }

        pause() {
          this.offset = Math.min(this.position(), this.duration);
          this.stop();
          this.state("paused");
          this.show();
        }

        seek(seconds) {
          const wasPlaying = this.isPlaying;
          if (wasPlaying) this.stop();
          this.offset = Math.min(Math.max(0, seconds), this.duration);
          if (wasPlaying) this.start();
          this.show();
        }

        choose(index) {
          if (index < 0 || index >= this.tracks.length) return;
          this.track = index;
          this.radios[index].checked = true;
          this.mix();
          this.show();
        }

        // Gains in dB: all tracks as loud as the one with the highest peaks allows, or with their own differences.
        levels() {
          const known = this.tracks.filter((t) => t.loudness !== null && t.peak !== null);
          if (known.length === 0) return this.tracks.map(() => 0);
          const target = Math.min(-16, Math.min(...known.map((t) => t.loudness - t.peak)) - 1);
          const loudest = Math.max(...known.map((t) => t.loudness));
          return this.tracks.map((t) => {
            if (t.loudness === null) return 0;
            return target - (this.matched.checked ? t.loudness : loudest);
          });
        }

        mix(isNew) {
          const levels = this.levels();
          this.root.dataset.gains = levels.map((level) => level.toFixed(2)).join(" ");
          this.nodes.forEach((node, index) => {
            const value = index === this.track ? Math.pow(10, levels[index] / 20) : 0;
            if (isNew) node.gain.gain.setValueAtTime(value, context.currentTime);
            else node.gain.gain.setTargetAtTime(value, context.currentTime, 0.008);
          });
        }

        show() {
          const position = Math.min(this.position(), this.duration);
          this.root.dataset.position = position.toFixed(3);
          this.root.dataset.track = String(this.track);
          this.seekBar.value = String(position);
          this.seekBar.setAttribute("aria-valuetext", clock(position) + " of " + clock(this.duration));
          this.output.textContent = clock(position) + " / " + clock(this.duration);
          this.waves.forEach((head, index) => {
            const track = this.tracks[index];
            const local = track.loops ? position % track.duration : position;
            head.style.left = 100 * this.clipTime(track, local) / track.clipDuration + "%";
            head.style.display = index === this.track ? "block" : "none";
          });
        }

        // The place in the clip of a place in the sound that the page holds, and the other way round.
        clipTime(track, seconds) {
          let before = 0;
          for (const place of track.places) {
            if (seconds <= before + place.length) return place.start + seconds - before;
            before += place.length;
          }
          const last = track.places[track.places.length - 1];
          return last.start + last.length;
        }

        seekInClip(index, share) {
          const track = this.tracks[index];
          const time = share * track.clipDuration;
          let before = 0, best = 0, distance = Infinity;
          for (const place of track.places) {
            const inside = Math.min(Math.max(time, place.start), place.start + place.length);
            if (Math.abs(inside - time) < distance) {
              distance = Math.abs(inside - time);
              best = before + inside - place.start;
            }
            before += place.length;
          }
          this.choose(index);
          this.seek(best);
        }
      }

      for (const root of document.querySelectorAll(".player")) players.push(new Player(root));
      current = players[0] || null;

      document.addEventListener("keydown", (event) => {
        if (!current || event.ctrlKey || event.altKey || event.metaKey) return;
        const target = event.target;
        const takesSpace = target.closest("button, summary, a, input[type=checkbox], pre, .scroll");
        const takesArrows = target.closest("input, pre, .scroll");
        const key = event.key.toLowerCase();
        if (key === " " && !takesSpace) current.toggle();
        else if (key === "arrowleft" && !takesArrows) current.seek(current.position() - 2);
        else if (key === "arrowright" && !takesArrows) current.seek(current.position() + 2);
        else if (key >= "1" && key <= "9") current.choose(Number(key) - 1);
        else if (key === "a") current.choose(0);
        else if (key === "b") current.choose(1);
        else if (key === "s") current.choose(2);
        else if (key === "l") { current.matched.checked = !current.matched.checked; current.mix(); }
        else return;
        event.preventDefault();
      });

      for (const details of document.querySelectorAll("details[data-json]")) {
        details.addEventListener("toggle", () => {
          const pre = details.querySelector("pre");
          if (!details.open || pre.textContent) return;
          const data = document.getElementById(details.dataset.json).textContent;
          pre.textContent = JSON.stringify(JSON.parse(data), null, 2);
        });
      }
      document.documentElement.dataset.ready = "yes";
    })();
    """#
}
