// The map: layers of the plans, and the findings on top of them. One canvas draws all; clicks are answered by what lies there.
(() => {
  const COLOURS = { violation: "#d0021b", warning: "#e07b00", info: "#0277bd" };
  const LOCATED = 2000; // up to so many findings have a dot of their own, which is seen where their shape is too small
  const container = document.getElementById("map");
  const here = document.getElementById("here");
  const whole = document.getElementById("whole");
  container.hidden = whole.hidden = false;
  const map = L.map(container, { preferCanvas: true, attributionControl: false, zoomControl: false, zoomSnap: 0.25, maxZoom: 22 });
  L.control.zoom({ zoomInTitle: say("zoomIn"), zoomOutTitle: say("zoomOut") }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);

  // ---- geometries: whole numbers, each pair the difference from the one before ----
  function ring(flat) {
    const found = [];
    let x = 0, y = 0;
    for (let i = 0; i < flat.length; i += 2) { x += flat[i]; y += flat[i + 1]; found.push([y / 1e7, x / 1e7]); }
    return found;
  }
  const decode = (parts) => parts.map(([dimension, ...rings]) => ({ dimension, rings: rings.map(ring) }));
  function box(parts) {
    const found = L.latLngBounds([]);
    for (const part of parts) for (const point of part.rings[0]) found.extend(point);
    return found;
  }
  function path(parts, style) {
    return L.featureGroup(parts.map(({ dimension, rings }) =>
      dimension === 0 ? L.circleMarker(rings[0][0], { ...style, radius: 5 }) : dimension === 1 ? L.polyline(rings[0], style) : L.polygon(rings, style)));
  }

  const layers = report.layers.map((layer) => {
    const style = { color: layer.colour, weight: 1.2, fillOpacity: layer.fill, dashArray: layer.dashed ? "5 4" : null, interactive: false };
    const features = layer.features.map(([name, shape, rows]) => { const parts = decode(shape); return { name, rows, parts, box: box(parts) }; });
    const drawn = L.layerGroup(features.map((feature) => path(feature.parts, { ...style, fill: layer.fill > 0 }))).addTo(map);
    return { features, drawn, on: true };
  });
  const geometries = report.geometries.map((shape) => { const parts = decode(shape); return { parts, box: box(parts), rows: [], on: true }; });
  report.rows.forEach((row, number) => { if (row[GEOMETRY] >= 0) geometries[row[GEOMETRY]].rows.push(number); });
  const gravest = (rows) => Object.keys(COLOURS).find((severity) => rows.some((number) => report.rows[number][SEVERITY] === severity));
  for (const geometry of geometries) {
    const color = COLOURS[gravest(geometry.rows)];
    geometry.drawn = path(geometry.parts, { color, weight: 2, fillOpacity: 0.45, interactive: false });
    if (geometries.length <= LOCATED && geometry.box.isValid()) {
      geometry.drawn.addLayer(L.circleMarker(geometry.box.getCenter(), { color, radius: 4, weight: 1.5, fillColor: "#fff", fillOpacity: 0.9, interactive: false }));
    }
  }
  const found = L.layerGroup(geometries.map((geometry) => geometry.drawn)).addTo(map);
  const mark = L.circleMarker([0, 0], { radius: 15, color: "#111", weight: 3, fill: false, interactive: false });

  const extent = L.latLngBounds([]);
  for (const geometry of geometries) extent.extend(geometry.box);
  for (const layer of layers) for (const feature of layer.features) extent.extend(feature.box);
  const fit = () => map.fitBounds(extent, { padding: [8, 8], animate: false });
  fit();
  whole.addEventListener("click", fit);

  // ---- what lies at a point ----
  function inRing(x, y, points) {
    let inside = false;
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const [yi, xi] = points[i], [yj, xj] = points[j];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  }
  function near(at, points, reach) {
    const on = points.map((point) => map.latLngToLayerPoint(point));
    return on.some((point, i) => L.LineUtil.pointToSegmentDistance(at, on[Math.max(0, i - 1)], point) <= reach);
  }
  function hits({ parts, box }, latlng, at, area, reach) {
    if (!box.isValid() || !box.intersects(area)) return false;
    return parts.some(({ dimension, rings }) =>
      (dimension === 2 && rings.filter((points) => inRing(latlng.lng, latlng.lat, points)).length % 2 === 1) || near(at, rings[0], reach));
  }
  map.on("click", ({ latlng }) => {
    const reach = 6, at = map.latLngToLayerPoint(latlng);
    const corner = (dx, dy) => map.layerPointToLatLng(at.add([dx, dy]));
    const area = L.latLngBounds(corner(-reach, reach), corner(reach, -reach));
    const features = layers.filter((layer) => layer.on).flatMap((layer) => layer.features).filter((feature) => hits(feature, latlng, at, area, reach));
    const rows = new Set(features.flatMap((feature) => feature.rows));
    for (const geometry of geometries) {
      if (geometry.on && (hits(geometry, latlng, at, area, reach) || (geometry.box.isValid() && map.latLngToLayerPoint(geometry.box.getCenter()).distanceTo(at) <= reach))) geometry.rows.forEach((number) => rows.add(number));
    }
    tell([...new Set(features.map((feature) => feature.name).filter(Boolean))], [...rows].sort((a, b) => a - b));
  });

  const title = (number) => { const cell = document.createElement("template"); cell.innerHTML = report.rows[number][HTML]; return cell.content.querySelector("td p").textContent; };
  function button(words, act) {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: words });
    made.addEventListener("click", act);
    return made;
  }
  function tell(names, rows) {
    here.replaceChildren();
    const head = document.createElement("p");
    head.textContent = (names.length ? names.slice(0, 8).join("、") + " — " : "") + (rows.length ? say("here", { n: rows.length }) : say("noneHere"));
    here.append(head);
    if (!rows.length) return;
    const items = document.createElement("ul");
    for (const number of rows.slice(0, 6)) {
      const item = document.createElement("li");
      item.append(button(title(number), () => pick([number])));
      items.append(item);
    }
    here.append(items);
    if (rows.length > 1) here.append(button(say("list"), () => pick(rows)));
  }

  // ---- from the list to the map, and from the filters ----
  list.addEventListener("click", (event) => {
    const row = event.target.closest("button.show")?.closest("tr");
    if (!row) return;
    list.querySelectorAll("tr.current").forEach((other) => other.classList.remove("current"));
    row.classList.add("current");
    const geometry = geometries[report.rows[row.dataset.row][GEOMETRY]];
    map.fitBounds(geometry.box.pad(1.5), { maxZoom: 17, animate: false });
    mark.setLatLng(geometry.box.getCenter()).addTo(map).bringToFront();
    here.textContent = say("on") + title(row.dataset.row);
    const seen = container.getBoundingClientRect();
    if (seen.top < 0 || seen.bottom > innerHeight) container.scrollIntoView({ block: "center" });
  });
  listeners.push((rows) => {
    const shown = new Set(rows.map((number) => report.rows[number][GEOMETRY]));
    geometries.forEach((geometry, number) => {
      if (geometry.on === shown.has(number)) return;
      geometry.on = !geometry.on;
      if (geometry.on) found.addLayer(geometry.drawn);
      else found.removeLayer(geometry.drawn);
    });
    mark.remove();
  });
  document.querySelector(".legend").addEventListener("change", (event) => {
    const layer = layers[event.target.dataset.layer];
    layer.on = event.target.checked;
    if (layer.on) map.addLayer(layer.drawn);
    else map.removeLayer(layer.drawn);
    geometries.filter((geometry) => geometry.on).forEach((geometry) => geometry.drawn.bringToFront());
  });

  // ---- on paper: the whole map as a picture of its own, with a bar of its scale ----
  function drawScale(pen, ratio, height) {
    const metres = map.distance(map.containerPointToLatLng([0, 0]), map.containerPointToLatLng([100, 0])) / 100; // of a pixel
    const step = 10 ** Math.floor(Math.log10(metres * 200));
    const length = [5, 2, 1].map((n) => n * step).find((n) => n <= metres * 200);
    pen.fillStyle = "#111";
    pen.fillRect(8 * ratio, height - 8 * ratio, (length / metres) * ratio, 3 * ratio);
    pen.font = `${18 * ratio}px sans-serif`;
    pen.fillText(length >= 1000 ? `${length / 1000} km` : `${length} m`, 8 * ratio, height - 14 * ratio);
  }
  function drawPicture() {
    const drawn = container.querySelector("canvas"), picture = document.getElementById("picture");
    const ratio = drawn.width / drawn.clientWidth, margin = 14, corner = L.DomUtil.getPosition(drawn);
    const from = map.latLngToLayerPoint(extent.getNorthWest()).subtract(corner).subtract([margin, margin]).multiplyBy(ratio);
    const to = map.latLngToLayerPoint(extent.getSouthEast()).subtract(corner).add([margin, margin * 3]).multiplyBy(ratio);
    picture.width = to.x - from.x;
    picture.height = to.y - from.y;
    const pen = picture.getContext("2d");
    pen.drawImage(drawn, -from.x, -from.y);
    drawScale(pen, ratio, picture.height);
    picture.classList.add("drawn");
  }
  addEventListener("beforeprint", () => {
    const center = map.getCenter(), zoom = map.getZoom();
    listeners.forEach((listener) => listener(report.rows.map((_, number) => number)));
    Object.assign(container.style, { width: "1400px", height: "1400px" }); // sharper than the screen
    map.invalidateSize({ animate: false });
    fit();
    drawPicture();
    Object.assign(container.style, { width: "", height: "" });
    map.invalidateSize({ animate: false });
    map.setView(center, zoom, { animate: false });
  });
})();
